"""What a file must hold, worked out in Python from the raw rows of the three tables.

Rows are dictionaries under the documented names of their columns; a column that the site does not have is absent.
"""

import csv
import io
import itertools
import re
from collections import defaultdict

from leads import HEADER, isoformat

BYTE_ORDER_MARK = "\ufeff"

FORMULA_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
SEPARATORS = ",;\t|"
LINE_ENDS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"  # of str.splitlines()
EXPOSED_FORMULA = re.compile(rf"""((?:\A|[{SEPARATORS}{LINE_ENDS}])[\s"]*)(?=[{re.escape(''.join(FORMULA_STARTS))}])""")


def export_rows(leads, statuses, calls, tenant, asked_for):
    """The records that follow the header; None is an empty cell."""
    status, label = resolve_status(leads, statuses, tenant, asked_for)
    calls_of = defaultdict(list)
    for call in calls:
        if call["tenant_id"] == tenant and call["created_at"] is not None:
            calls_of[call["lead_id"]].append(call)
    rows = []
    for lead in sorted(leads, key=newest_first, reverse=True):
        if lead["tenant_id"] != tenant or lead["status"] != status:
            continue
        call = max(calls_of[lead["id"]], key=lambda call: (call["created_at"], call["id"]), default={})
        rows.append((status, label, lead["id"], full_name(lead), lead.get("phone"), lead.get("email"),
                     isoformat(lead["created_at"]), isoformat(call.get("created_at")), call.get("call_status"),
                     lead.get("source"), lead.get("notes")))
    return rows


def resolve_status(leads, statuses, tenant, asked_for):
    """That name where a status or a lead of the tenant has it, else its lower-case form, and its label."""
    labels = {status["name"]: status.get("label") for status in statuses if status["tenant_id"] == tenant}
    in_leads = {lead["status"] for lead in leads if lead["tenant_id"] == tenant}
    name = asked_for if asked_for in labels or asked_for in in_leads else asked_for.lower()
    label = labels.get(name)
    return name, name if label is None else label


def newest_first(lead):
    """A key to sort by in reverse: PostgreSQL's DESC puts NULL before every date."""
    created_at = lead["created_at"]
    return created_at is None, created_at or 0, lead["id"]


def full_name(lead):
    first, last = lead.get("first_name"), lead.get("last_name")
    return (lead.get("full_name") or lead.get("name") or (f"{first} {last}" if first and last else first or last)
            or "ללא שם")


def select(rows, columns):
    """Header and records with these columns alone."""
    places = [HEADER.index(column) for column in columns]
    return [[row[place] for place in places] for row in [HEADER, *rows]]


def python_csv(rows, columns=HEADER, **dialect):
    """The bytes of a file whose cells are written as they are."""
    return python_file(select(rows, columns), **dialect)


def python_file(records, **dialect):
    file = io.StringIO(newline="")
    csv.writer(file, **dialect).writerows(records)
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def guarded_csv(rows, columns=HEADER, delimiter=","):
    """The bytes of a file whose formulas are made harmless."""
    records = (delimiter.join(guarded_field(value, delimiter) for value in record) or '""'
               for record in select(rows, columns))
    return (BYTE_ORDER_MARK + "".join(record + "\r\n" for record in records)).encode()


def strict_csv(rows, columns=HEADER, delimiter=","):
    """The bytes of a file all of whose fields are quoted, and whose signed numbers are made harmless, too, and what
    other readers would find within a cell."""
    records = [[strict_value(value) for value in record] for record in select(rows, columns)]
    return python_file(records, delimiter=delimiter, quoting=csv.QUOTE_ALL)


def strict_value(value):
    text = "" if value is None else str(value)
    return EXPOSED_FORMULA.sub(r"\1'", "'" + text if is_formula_or_number(text) else text)


def cells_of_readers(text):
    """Each cell that some reader finds, and which: readers split at one separator or at all of them, mind quotes or
    don't, and know few line ends or many."""
    for separators in (*SEPARATORS, SEPARATORS):
        for split_lines in (lambda text: re.split("\r\n?|\n", text), str.splitlines):
            for line in split_lines(text):
                for cell in re.split(f"[{separators}]", line):
                    yield f"splits at {separators!a}", cell
                    yield f"splits at {separators!a}, strips quotes", cell.strip(' "')
    csv.field_size_limit(len(text))
    for separator, quoting in itertools.product(SEPARATORS, (csv.QUOTE_MINIMAL, csv.QUOTE_NONE)):
        for trims in (False, True):
            records = csv.reader(text.splitlines(keepends=True), delimiter=separator, quoting=quoting,
                                 skipinitialspace=trims)
            for cell in itertools.chain.from_iterable(records):
                yield f"csv.reader, delimiter {separator!a}, quoting {quoting}, skipinitialspace {trims}", cell


def formula_of_a_reader(file):
    """A formula that some reader finds in the file, and how; None where there is none."""
    text = file.decode().removeprefix(BYTE_ORDER_MARK)
    return next(((reader, cell[:80]) for reader, cell in cells_of_readers(text) if begins_as_formula(cell)), None)


def guarded_field(value, delimiter):
    if not isinstance(value, str):
        return python_field(value, delimiter)
    field = python_field("'" + value if is_formula(value) else value, delimiter)
    if holds_split_formula(value) and not field.startswith('"'):
        field = f'"{field}"'  # without a quote in it, or it would have been quoted already
    return field


def python_field(value, delimiter):
    """The value as csv.writer writes it among others: a record of one empty field would be a special case."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerow(["", value])
    return file.getvalue()[len(delimiter):-len("\r\n")]


def is_harmless(cell):
    return not cell or not (is_formula(cell) or holds_split_formula(cell))


def is_formula(cell):
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", cell):
        return False
    return is_formula_or_number(cell)


def is_formula_or_number(cell):
    return cell.startswith(("\t", "\r", "\n")) or begins_as_formula(cell)


def holds_split_formula(cell):
    return any(begins_as_formula(rest) for rest in re.split(f"[{SEPARATORS}]", cell)[1:])


def begins_as_formula(text):
    return next((character for character in text if not character.isspace()), None) in FORMULA_STARTS
