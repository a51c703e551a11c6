"""Rows that are hard to export right, the same on every run."""

import dataclasses
import datetime
import random
import uuid

import oracle

PLAIN_TEXTS = (
    None, "", " ", "   ", "\u00a0", "plain", " padded ", "0012", "007", "1e5", "1.50", "-5", "+5", "-0.25", "NULL",
    "\\N", "\\.", "\\", "back\\slash", "'", "''", "'quoted'",
    # what CSV quotes
    ",", "a,b", '"', '""', '"""', 'a"b', '"whole"', 'ends"', '"begins', 'x",y', "a\nb", "a\rb", "a\r\nb", "a\n\rb",
    "ends\n", "ends\r", "ends\r\n", 'all: , " \r\n', "a;b", "a; b", "a|b", "a\tb", "sep=;",
    # Hebrew: geresh and gershayim as typed and as encoded, points, direction marks
    "ז'בוטינסקי", "ג׳ורג׳", 'צה"ל', "צה״ל", "רח' הרצל 5, ת\"א", "שָׁלוֹם עֲלֵיכֶם", "כ־50", "\u200fאבג\u200e (abc)",
    "\u202bאבג\u202c", "\u2067אבג\u2069", "שורה א'\nשורה ב'", "עברית, English, العربية",
    # the rest of Unicode
    "👍", "👩‍👩‍👧 🇮🇱 👍🏽", "e\u0301 é", "\ufeff", "\ufeffmark", "\ufffd", "\U0010ffff", "\ue000", "漢字、「」", "，", "＂",
    # controls and blanks, of which Python and C call different ones blank
    "\x01", "\x1b[31m", "\x7f", "a\x0bb", "a\x0cb", "\x1cx", "\x1f", "\x85x", "\u1680x", "\u2028x", "\u2029", "\u3000x",
    "long, \"quoted\" text\r\n" * 300, "ל" * 5000,
)

FORMULA_TEXTS = (
    '=HYPERLINK("http://example.com","x")', "=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1", "＋1", "－1", "＠SUM(A1)",
    "=", "+", "-", "@", "--5", "+-5", "-5.", "-.5", "- 5", "-5 ", "-5\n", "-5\r\n", "-٥", "+５", "-1,5", "-1e5",
    "+1;2", "+972-54-1234567", "+972 54 1234567", "-10% הנחה", "@שם", "=שם",
    # behind blanks
    " =1", "   -x", "\u00a0=1", "\u3000＝1", "\u2007=1", "\u202f@x", "\u205f-x", "\u1680+x", "\x0b=1", "\x0c=1",
    "\x1c=1", "\x1d=1", "\x1e=1", "\x1f=1", "\x85=1", "\u2028=1", "\u2029=1", " \t\r\n\u00a0=1",
    # begins with TAB, CR or LF, whatever follows
    "\t", "\r", "\n", "\r\n", "\tx", "\rx", "\nx", "\t5", "\n5", "\t=1", "\n=1",
    # behind what other readers split on
    "a;=1", "a;-5", "a|@x", "a\t=1", "a; =1", "a;\t=1", "a;;=1", "a; | =1", "a;\u00a0＝1", "a;\u3000＋1", ";=1", "|-",
    "\t;=1", "1;-2", "5|+5", "a;=1,b", 'a;="b"', "a;x;=1", "=a;=b", "a;\x1f=1", "a;\x85@x",
    'a;"=1"', 'a; " =1"', "a;\n=1",
    # at the beginning of a line
    "a\n=1;b", "a\r=1", "a\r\n\r\n  @x", "a\n\"=1\"", "- א\n- ב", "a\u2028=1", "a\x85+1", "\n\n=1",
    # almost: harmless, or harmful for another reason
    "'=1", '"=1"', "a=1", "a,=1", "x\n=1", "a;b=1", "a;'=1", "\u200f=1", "\u200b=1", "\ufeff=1", "\u180e=1", "−1", "–1",
    "﹦1", "﹢1", "﹣1", "﹫x", "a;\u200f=1", "a；=1", "a｜=1", "\x02=1",
)

ATOMS = tuple(' ,";|\t\r\n=+-@\'5aש') + ("\r\n", "״", "＝", "＠", "\u00a0", "\u3000", "\x1f", "\u200f", "👍", "12", ".5")

NAMES = ("first_name", "last_name", "name", "full_name")

PHONES = ("+972541234567", "+97231234567", "+14155550123", "03-1234567", "*6565", "1-800-555-111", "(03) 1234567")

UTC_MOMENTS = tuple(datetime.datetime.fromisoformat(text) for text in (
    "0001-01-02 00:00:00.000001", "0999-12-31 23:59:59.999999", "1582-10-15 12:00:00", "1879-12-31 21:39:06",
    "1900-03-01 00:00:00", "1917-12-31 21:39:20", "1930-06-01 12:00:00.120000", "1935-03-30 03:30:51",
    "1935-03-30 03:30:52", "1940-05-31 22:00:00", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00",
    "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00", "2000-01-01 00:00:00.000001", "2000-02-29 23:59:59",
    "2010-11-07 02:30:30", "2010-11-07 03:30:30",  # the same local time twice in St. John's
    "2024-03-28 23:59:59.999999", "2024-03-29 00:00:00",  # summer time begins in Israel
    "2024-10-26 22:30:00", "2024-10-26 23:30:00",  # the same local time twice in Israel
    "2024-02-29 12:34:56", "2100-07-01 00:00:00", "9999-12-30 23:59:59.999999"))
MICROSECONDS = (0, 1, 120000, 999999)

# Of the tenant that has awkward leads; the label may be a formula, be empty or be missing.
STATUSES = {
    "new": "חדש", "in_progress": 'בטיפול, "חם"', "closed": "שורה א'\r\nשורה ב'", "VIP": "גדול", "vip": "קטן",
    "UPPER": "רק גדול", "-hot": '=HYPERLINK("x")', "-5": "+972", "unlabelled": None, "blank": "", "semicolon": "א;=1",
    "nobody": "אין אף אחד",
}
# Statuses of its leads that the statuses table lacks, has for another tenant only, or has in other letters.
STRAY_STATUSES = ("stray", "theirs", "New", "NEW", "upper", None)
LEAD_STATUSES = tuple(status for status in (*STATUSES, *STRAY_STATUSES) if status != "nobody")
OTHER_STATUSES = {"new": "חדש, של אחר", "theirs": "שלהם", "stray": "=שלהם"}
STATUS_NAMES = sorted({*STATUSES, *filter(None, STRAY_STATUSES), *OTHER_STATUSES})

# What to ask for: every name there is, other spellings of it, and names that nothing has.
ASKED_FOR = (*STATUSES, *filter(None, STRAY_STATUSES), "Vip", "In_Progress", "CLOSED", "-HOT", "Theirs",
             "never-heard-of", "_", "7", "x" * 64)

# Awkward leads, harmless ones, another's, and none. The texts differ in what a careless comparison overlooks.
TENANTS = {
    "int": (7, -7, 2147483647, 21),
    "bigint": (7, 7 + 2**32, -2**63, 2**63 - 1),
    "uuid": tuple(uuid.UUID(int=n) for n in (7, 7 << 64, 2**128 - 1, 0)),
    "text": ("o'brien, \"בע״מ\"", "acme ", "acme", "ACME"),
}


@dataclasses.dataclass(frozen=True)
class Data:
    tenant: object
    harmless_tenant: object
    other_tenant: object
    empty_tenant: object
    leads: list
    statuses: list
    calls: list


def make_data(schema):
    chance = random.Random(schema.name)
    tenant, harmless_tenant, other_tenant, empty_tenant = TENANTS[schema.tenant_type]
    other_count = schema.lead_count // 10
    count = schema.lead_count - 2 * other_count
    ids = iter(make_ids(chance, schema.id_type, schema.lead_count))

    leads = [make_lead(chance, schema, number, next(ids), tenant) for number in range(count)]
    for number in range(other_count):
        leads.append(make_harmless_lead(chance, schema, number, next(ids), harmless_tenant))
        leads.append(make_lead(chance, schema, number, next(ids), other_tenant))
        leads[-1]["status"] = chance.choice(list(OTHER_STATUSES))
    chance.shuffle(leads)
    return Data(tenant, harmless_tenant, other_tenant, empty_tenant, leads, make_statuses(schema),
                make_calls(chance, schema, leads))


def make_ids(chance, id_type, count):
    """Distinct ids in no order, negative ones and the type's extremes among them."""
    if id_type == "uuid":
        return [uuid.UUID(int=chance.getrandbits(128)) for _ in range(count)]
    bits = 31 if id_type == "int" else 63
    ids = {-2**bits, 2**bits - 1, *range(-5, 5)}
    while len(ids) < count:
        ids.add(chance.randrange(10**9))
    return chance.sample(sorted(ids), count)


def make_lead(chance, schema, number, lead_id, tenant):
    """The first leads share a status and go through the texts, each of their columns at another place. Where there
    are very many leads, the last share it too: for a large file."""
    texts = PLAIN_TEXTS + FORMULA_TEXTS
    lead = {"id": lead_id, "tenant_id": tenant, "created_at": make_moment(chance, schema),
            "status": "new" if number < len(texts) or number >= 600 else chance.choice(LEAD_STATUSES)}
    for place, column in enumerate((*NAMES, "email", "source", "notes", "phone")):
        if number < len(texts):
            text = texts[(number + 17 * place) % len(texts)]
        else:
            text = make_text(chance)
        if column in NAMES and chance.random() < 0.5:
            text = chance.choice((None, ""))  # or the first of the names would hide the others
        if column == "phone" and chance.random() < 0.5:
            text = chance.choice(PHONES)
        lead[column] = shorten(text, schema.leads, column)
    return {column: value for column, value in lead.items() if column in schema.leads.columns}


def make_harmless_lead(chance, schema, number, lead_id, tenant):
    while True:
        lead = dict(make_lead(chance, schema, number, lead_id, tenant), status="new")
        texts = [value for value in lead.values() if isinstance(value, str)]
        if all(map(oracle.is_harmless, [*texts, oracle.full_name(lead)])):
            return lead
        number = chance.randrange(1000)


def make_text(chance):
    """A text of the list, one of awkward pieces, or one piece somewhere in a text that is long enough for loops."""
    kind = chance.random()
    if kind < 0.2:
        return chance.choice(PLAIN_TEXTS)
    if kind < 0.7:
        return "".join(chance.choices(ATOMS, k=chance.randrange(8)))
    return chance.choice("xל") * chance.randrange(40) + "".join(chance.choices(ATOMS, k=2)) + "y" * chance.randrange(40)


def make_moment(chance, schema):
    """One of a few moments, so that many are the same, or none; with a time zone where the column has one."""
    kind = chance.random()
    if kind < 0.1:
        return None
    if kind < 0.4:
        moment = chance.choice(UTC_MOMENTS)
    else:
        moment = datetime.datetime(2025, 12, chance.randint(1, 5), 10, 11, 12, chance.choice(MICROSECONDS))
    return moment.replace(tzinfo=datetime.timezone.utc) if schema.timestamp_type == "timestamptz" else moment


def shorten(text, table, column):
    """The text, cut to what a varchar(n) holds."""
    type_name = table.columns.get(column, "text")
    return text if text is None or type_name == "text" else text[:int(type_name.split("(")[1].rstrip(")"))]


def make_statuses(schema):
    """A status of each tenant but the empty one; the other's statuses come first."""
    tenant, harmless_tenant, other_tenant, _ = TENANTS[schema.tenant_type]
    rows = [(other_tenant, *status) for status in OTHER_STATUSES.items()]
    rows += [(tenant, *status) for status in STATUSES.items()]
    rows += [(harmless_tenant, "new", "חדש")]
    return [{column: value for column, value in zip(("id", "tenant_id", "name", "label"), (number, *row))
             if column in schema.statuses.columns} for number, row in enumerate(rows)]


def make_calls(chance, schema, leads):
    """Up to four calls a lead, among them other tenants' calls on it, calls without a date and ties."""
    tenants = TENANTS[schema.tenant_type]
    ids = iter(make_ids(chance, schema.id_type, 4 * len(leads)))
    calls = []
    for lead in leads:
        moments = [make_moment(chance, schema) for _ in range(2)]
        for _ in range(chance.choice((0, 1, 2, 4))):
            tenant = lead["tenant_id"] if chance.random() < 0.7 else chance.choice(tenants)
            text = make_text(chance)
            while lead["tenant_id"] == tenants[1] and not oracle.is_harmless(text):
                text = make_text(chance)
            calls.append({"id": next(ids), "tenant_id": tenant, "lead_id": lead["id"], "call_status":
                          shorten(text, schema.calls, "call_status"), "status": "not this one",
                          "created_at": chance.choice(moments)})
    chance.shuffle(calls)
    return [{column: value for column, value in call.items() if column in schema.calls.columns} for call in calls]
