"""Workbooks of a server, read back cell by cell and held against what a query of the tables says."""

import datetime
import io
import random
import re
import uuid
import zipfile

import crm
from awkward_texts import AWKWARD, random_text
from checks import expect
from crm import Types
from leads import HEADER
from reading import STRINGS_PART, assert_rows, sheet_of

LARGE_IDS = [10**15 - 1, 10**15, -10**15 + 1, -10**15, 2**63 - 1, -2**63]
TIMES = ["infinity", "-infinity", "0044-03-15 12:00:00 BC", "0001-01-02 00:00:00", "1582-10-15 12:00:00",
         "1899-12-31 23:59:59.999999", "1900-02-28 12:00:00", "1900-03-02 00:00:00", "1917-12-31 21:39:20",
         "1969-12-31 23:59:59.123456", "1999-12-31 22:00:00", "2000-01-01 00:00:00", "2024-02-29 12:34:56",
         "2024-03-28 23:59:59.999999", "2024-03-29 00:00:00", "2024-10-26 22:30:00", "2024-10-26 23:30:00",
         "9999-12-30 12:00:00", "12025-06-01 10:11:12"]
EPOCH_OF_DATES = datetime.datetime(1900, 3, 1)


def expected_time(text):
    """What a sheet shows for PostgreSQL's text of a timestamp: a date where spreadsheets have dates, in the zone of
    the session, else ISO 8601."""
    if text is None or text.endswith("infinity"):
        return text
    if text.endswith(" BC") or text[4] != "-":
        return re.sub(r"([+-]\d\d)( BC)?$", r"\1:00\2", text.replace(" ", "T", 1)) if "+" in text else text.replace(
            " ", "T", 1)
    moment = datetime.datetime.fromisoformat(text)
    local = moment.replace(tzinfo=None)
    return local if local >= EPOCH_OF_DATES else moment.isoformat()


def expected_id(value):
    is_number = isinstance(value, int) and abs(value) < 10**15
    return value if is_number else str(value)


def expected_cells(rows):
    return [(status, label, expected_id(lead_id), name, phone, email, expected_time(created_at),
             expected_time(called_at), *rest)
            for status, label, lead_id, name, phone, email, created_at, called_at, *rest in rows]


def assert_export(session, status="new"):
    """Returns the sheet, whose cells are right."""
    rows = expected_cells(session.expected_rows(status))
    sheet = session.sheet(status)
    assert_rows(sheet, rows, HEADER)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), "a formula"
    return sheet


def fill(session, types, seed):
    """Awkward leads of tenant 7, of which every third has calls, and the same of tenant 8."""
    source = random.Random(seed)
    ids = {"int": range(1, 401), "bigint": [*LARGE_IDS, *range(1, 395)],
           "uuid": [uuid.UUID(int=source.getrandbits(128)) for _ in range(400)]}[types.id]
    tenants = [uuid.UUID(int=7), uuid.UUID(int=8)] if types.tenant == "uuid" else [7, 8]
    times = TIMES * 2 + [str(datetime.datetime(1950, 1, 1) + datetime.timedelta(
        seconds=source.randrange(3_000_000_000), microseconds=source.randrange(1_000_000))) for _ in range(362)]
    texts = (AWKWARD * 2 + [random_text(source) or None for _ in range(400)])[:400]
    session.insert("leads", [
        (lead_id, tenants[number % 40 == 39], *(texts[(number + place * 7) % 400] for place in range(4)), "new",
         texts[(number + 31) % 400], times[number]) for number, lead_id in enumerate(ids)])
    session.insert("lead_statuses", [(tenants[0], "new", "חדש"), (tenants[1], "new", "של אחר")])
    session.insert("call_logs", [
        (number, tenants[number % 50 == 0], ids[number * 3 % 400], texts[number % 400], times[number * 5 % 400])
        for number in range(300)])
    return tenants[0]


def every_cell_is_the_databases():
    """With the types that ids, tenants and times may have, in the zones that tell times apart."""
    count = 0
    for number, types in enumerate((Types(), Types(id="bigint"), Types(id="uuid", tenant="uuid", time="timestamptz"),
                                    Types(tenant="text", time="timestamptz"))):
        with crm.database(types) as session:
            tenant = fill(session, types, number)
            for zone in ("UTC", "Asia/Jerusalem", "America/St_Johns"):
                session.rows("SELECT set_config('TimeZone', %s, false)", (zone,))
                rows = expected_cells(session.expected_rows(tenant=str(tenant) if types.tenant == "text" else tenant))
                sheet = session.sheet(tenant=tenant)
                assert_rows(sheet, rows, HEADER)
                assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), "a formula"
                count += len(rows)
    return f"{count} leads"


def small_crm(session):
    session.insert("leads", [
        (1, 7, "דוד פרץ", "+972541234567", "a@example.com", "web", "new", "שורה א'\nשורה ב'", "2025-12-23 10:11:12"),
        (2, 7, "רחל \"כהן\"", "+972 50-123-4567", None, None, "new", None, "2025-12-24 10:11:12"),
        (3, 8, "SECRET8", None, None, None, "new", "SECRET8", "2025-12-24 10:11:12")])
    session.insert("lead_statuses", [(7, "new", "חדש")])
    session.insert("call_logs", [(1, 7, 1, "answered", "2025-12-25 01:02:03"), (2, 8, 2, "SECRET8", "2025-12-25")])


def the_sheet_is_set_up():
    with crm.database() as session:
        small_crm(session)
        sheet = assert_export(session)
        expect(sheet.title, "חדש", "the sheet's name")
        expect(sheet.sheet_view.rightToLeft, True, "that the sheet is right to left")
        expect(sheet.freeze_panes, "A2", "the pane")
        expect(sheet.auto_filter.ref, "A1:K3", "the filter")
        assert all(cell.font.b for cell in sheet[1]) and not any(cell.font.b for cell in sheet[2]), "bold"
        expect([sheet.column_dimensions[column].width for column in "ADK"], [12, 24, 60], "the widths")
        expect([cell.data_type for cell in sheet[3]], list("ssnsssddsss"), "the types")
        phones = [sheet["E2"], sheet["E3"]]
        expect([phone.value for phone in phones], ["+972 50-123-4567", "+972541234567"], "the phones")
        assert all(phone.alignment.readingOrder == 1 for phone in phones), "a phone reads from left to right"
        assert sheet["K3"].alignment.wrap_text, "lines are shown as lines"
        expect(session.value("SELECT count(*) > 0 FROM export_leads_setup(right_to_left => false)"), True, "set-up")
        assert not assert_export(session).sheet_view.rightToLeft, "a sheet is from left to right where it shall be"


def an_empty_export_has_its_header():
    with crm.database() as session:
        small_crm(session)
        for status, title in (("closed", "closed"), ("new", "חדש")):
            session.rows("DELETE FROM leads WHERE status = %s", (status,))
            sheet = assert_export(session, status)
            expect((sheet.title, sheet.auto_filter.ref, sheet.max_row), (title, "A1:K1", 1), "the sheet")


def labels_become_names_of_sheets():
    names = {"ליד [חם]: א/ב\\ג?*": "ליד -חם-- א-ב-ג--", "'=1+1'": "=1+1", "<&>\"'x": "<&>\"'x", "😀" * 20: "😀" * 15,
             "a\nb": "a-b", "History": "History-", "": "Leads", " ' ": "Leads", "ל" * 40: "ל" * 31, None: "new"}
    with crm.database() as session:
        small_crm(session)
        for label, name in names.items():
            session.rows("UPDATE lead_statuses SET label = %s", (label,))
            sheet = assert_export(session)
            expect(sheet.title, name, f"the sheet of {label!r}")


def columns_are_chosen_and_named():
    with crm.database() as session:
        small_crm(session)
        session.rows("SELECT export_leads_set_header('lead_id', 'מזהה'), export_leads_set_header('phone', '=<&>\"'), "
                     "export_leads_set_header('notes', E'two\r\nlines')")
        session.rows("SELECT export_leads_add_column('half', 'lead.id / 2.0', 'חצי'), "
                     "export_leads_add_column('at', 'lead.created_at AT TIME ZONE ''UTC''')")
        session.rows("SET TimeZone = 'Asia/Jerusalem'")
        sheet = session.sheet(columns=["phone", "half", "lead_id", "at", "notes"])
        midday = datetime.datetime(2025, 12, 23, 12, 11, 12)
        assert_rows(sheet, [
            ("+972 50-123-4567", 1, 2, midday + datetime.timedelta(days=1), None),
            ("+972541234567", 0.5, 1, midday, "שורה א'\nשורה ב'")],
            ["=<&>\"", "חצי", "מזהה", "at", "two\nlines"])
        expect(sheet.auto_filter.ref, "A1:E3", "the filter")


# A value of the database, by its SQL, and the cell that it is: a text where spreadsheets would show another value.
TYPED = {
    "12500.50::numeric": 12500.5, "(-0.000001)::numeric(12, 6)": -0.000001, "100::numeric(20, 2)": 100,
    "999999999999999::numeric": 999999999999999, "1000000000000000::numeric": "1000000000000000",
    "123456789.1234567::numeric": "123456789.1234567", "0.12345678901234500::numeric": 0.123456789012345,
    "'NaN'::numeric": "NaN", "'-Infinity'::numeric": "-Infinity", "1e-320::numeric": "0." + "0" * 319 + "1",
    "0.1::real": 0.1, "'NaN'::real": "NaN", "1e-40::real": 1e-40, "16777217::real": 16777216,
    "(1 / 3.0)::double precision": 1 / 3, "1e300::double precision": 1e300, "0::double precision": 0,
    "'Infinity'::double precision": "Infinity", "'-Infinity'::double precision": "-Infinity",
    "1e-310::double precision": "1e-310", "5e-324::double precision": "5e-324",
    "date '2026-02-14'": datetime.date(2026, 2, 14), "date '1900-03-01'": datetime.date(1900, 3, 1),
    "date '1900-02-28'": "1900-02-28", "date '9999-12-31'": datetime.date(9999, 12, 31),
    "date '10000-01-01'": "10000-01-01", "date '0044-03-15 BC'": "0044-03-15 BC", "date 'infinity'": "infinity",
    "date '-infinity'": "-infinity", "lead.id = 1": True, "lead.id <> 1": False, "NULL::boolean": None,
    "NULL::date": None, "NULL::numeric": None, "7::public.positive": 7, "9.5::public.price": 9.5,
    "(date '2026-02-14')::public.day": datetime.date(2026, 2, 14), "true::public.flag": True,
    "2::smallint": 2, "time '10:11:12'": "10:11:12", "interval '1 day'": "1 day", "12.5::numeric::money": "$12.50",
    "jsonb '12.5'": "12.5", "'12.5'::text": "12.5", "ARRAY[1.5]": "{1.5}", "'t'::text": "t",
}
DOMAINS = """
    SET lc_monetary = 'C';
    CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN amount AS numeric(12, 2);
    CREATE DOMAIN price AS amount; CREATE DOMAIN day AS date; CREATE DOMAIN flag AS boolean;
"""


def add_typed_columns(session):
    columns = [f"own_{number:02}" for number in range(len(TYPED))]
    for column, expression in zip(columns, TYPED):
        session.rows("SELECT export_leads_add_column(%s, %s)", (column, expression))
    return columns


def own_columns_keep_their_types():
    """Also where a session prints numbers and dates in its own way; a CSV file has the database's text of each."""
    with crm.database() as session:
        session.insert("leads", [(1, 7, None, None, None, None, "new", None, "2025-01-01")])
        session.rows(DOMAINS)
        columns = add_typed_columns(session)
        csv = "SELECT export_leads_csv(7, 'new', %s)"
        assert_rows(session.sheet(columns=columns), [list(TYPED.values())], columns)
        printed = session.value(csv, (columns,))
        for expression in ("0.1::real", "(1 / 3.0)::double precision", "date '2026-02-14'", "lead.id = 1",
                           "100::numeric(20, 2)"):
            text = session.value(f"SELECT ({expression.replace('lead.id', '1')})::text")
            assert f",{text if text != 'true' else 't'}," in printed, (expression, text)
        session.rows("SET extra_float_digits = -15; SET DateStyle = 'German'")
        assert_rows(session.sheet(columns=columns), [list(TYPED.values())], columns)


def texts_that_repeat_are_stored_once():
    """A text is what a cell shows of it: line breaks of any kind are the same."""
    with crm.database() as session:
        session.rows("INSERT INTO leads SELECT n, 7, 'name ' || n % 100, 'phone ' || n, 'an e-mail', NULL, 'new', "
                     "repeat('n', 3000) || CASE n % 3 WHEN 0 THEN E'\r\n' WHEN 1 THEN E'\n' ELSE E'\r' END, "
                     "'2025-01-01' FROM generate_series(1, 20000) AS n")
        session.insert("lead_statuses", [(7, "new", "an e-mail")])
        texts = strings_of(session.export())
        assert len(texts) == len(set(texts)), "a text is stored twice"
        expect(len(texts), len(HEADER) + len(["new", "an e-mail"]) + 20000 + 100 + len(["notes"]), "the texts")


def strings_of(workbook):
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return re.findall(rb"<si>.*?</si>", archive.read(STRINGS_PART), re.DOTALL)


def rows_are_as_high_as_their_lines():
    with crm.database() as session:
        session.insert("leads", [
            (number, 7, "a", None, None, None, "new", notes, f"2025-01-{30 - number}")
            for number, notes in enumerate(["a", "a\nb", "a\r\nb\r\nc", "a\rb", "\r\n" * 9])])
        sheet = assert_export(session)
        expect([sheet.row_dimensions[row].height for row in range(2, 7)], [None, 30, 45, 30, 75], "the heights")
        assert all(sheet[f"K{row}"].alignment.wrap_text for row in range(3, 7)), "lines are shown as lines"


def long_texts_are_cut_and_counted():
    with crm.database() as session:
        session.insert("leads", [
            (1, 7, "ש" * 32768, None, None, None, "new", "n" * 40000, "2025-01-03"),
            (2, 7, "short", None, None, None, "new", "😀" * 16384, "2025-01-02"),
            (3, 7, "ש" * 32767, None, None, None, "new", "\x01" * 32767, "2025-01-01")])
        sheet = session.sheet()
        expect([[sheet[f"{column}{row}"].value for column in "DK"] for row in (2, 3, 4)],
               [["ש" * 32766 + "…", "n" * 32766 + "…"], ["short", "😀" * 16383 + "…"], ["ש" * 32767, "\x01" * 32767]],
               "the texts")
        expect([notice.splitlines()[0] for notice in session.connection.notices],
               ["WARNING:  3 cells were cut to what a spreadsheet holds"], "the warnings")
        session.connection.notices.clear()
        session.export(columns=["notes", "lead_id"])
        assert session.connection.notices[0].startswith("WARNING:  2 cells were cut"), session.connection.notices
        session.connection.notices.clear()
        session.export(columns=["lead_id"])
        expect(session.connection.notices, [], "the warnings")


def equal_data_makes_equal_bytes():
    with crm.database() as session:
        fill(session, Types(), 9)
        first = session.export()
        session.rows("SET enable_indexscan = off; SET enable_bitmapscan = off; SET client_encoding = 'WIN1255'")
        filename, content_type, count, body = session.rows(
            "SELECT filename, content_type, lead_count, body FROM export_leads_file(7, 'new', 'xlsx')")[0]
        session.connection.set_client_encoding("UTF8")
        assert bytes(body) == first == session.export(), "other bytes"
        assert sheet_of(io.BytesIO(body)).max_row == count + 1, count
        assert filename.endswith(".xlsx"), filename
        expect(content_type, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "the media type")


def checks():
    yield "every cell is the database's, whatever the types and the session's zone", every_cell_is_the_databases
    yield "the sheet has its direction, pane, filter, widths and styles", the_sheet_is_set_up
    yield "an empty export has its header", an_empty_export_has_its_header
    yield "labels become names that Excel takes", labels_become_names_of_sheets
    yield "columns and their headers are the site's and the caller's", columns_are_chosen_and_named
    yield "own columns are numbers, dates and booleans where these show the same value", own_columns_keep_their_types
    yield "texts that repeat are stored once", texts_that_repeat_are_stored_once
    yield "rows are as high as their lines, however these end", rows_are_as_high_as_their_lines
    yield "long texts are cut, marked and counted in a warning", long_texts_are_cut_and_counted
    yield "equal data makes equal bytes, in export_leads_file() too", equal_data_makes_equal_bytes
