#!/usr/bin/python3
"""Compares exports, byte for byte, with what Python's csv.writer writes for the same rows.

For each schema of schemas.py it makes a database, fills it with awkward_data.py, sets the extension up and compares
what export_leads_csv() returns with what oracle.py makes of the raw rows. The server is the one that libpq's
environment variables name, the user a superuser there. The last line says how many comparisons passed and failed.
"""

import contextlib
import itertools
import re
import sys

import psycopg2
from psycopg2 import extras

import awkward_data
import oracle
import schemas
from checks import Checks
from leads import HEADER
from session import scratch_database

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
SELECTIONS = (HEADER, HEADER[::-1], ("notes",), ("phone",), ("lead_id", "full_name", "last_call_at"),
              ("last_call_status", "status_name"), ("email", "source"))
TIME_ZONES = {"timestamp": ("UTC",), "timestamptz": ("UTC", "Asia/Jerusalem", "America/St_Johns")}


def check_equal(checks, name, exported, expected):
    is_equal = exported == expected
    checks.that(is_equal, name, () if is_equal else first_difference(exported.decode(), expected.decode()))


def check_no_formula(checks, name, exported):
    found = oracle.formula_of_a_reader(exported)
    checks.that(found is None, name, () if found is None else [f"{found[0]} gets {found[1]!a}"])


def first_difference(exported, expected):
    """Both sides of the first record that differs; the header is record 0, None is said where a file has ended."""
    pairs = itertools.zip_longest(records(exported), records(expected))
    number, (exported_record, expected_record) = next(
        (number, pair) for number, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"record {number}", f"exported: {exported_record!a}", f"expected: {expected_record!a}"


def records(text):
    """The text's records, each with what ends it: a line feed outside of quotes."""
    record = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        record += line
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


@contextlib.contextmanager
def connection(database):
    opened = psycopg2.connect(dbname=database)
    try:
        opened.autocommit = True
        opened.set_client_encoding("UTF8")
        yield opened
    finally:
        opened.close()


@contextlib.contextmanager
def extension(cursor):
    cursor.execute("CREATE EXTENSION export_leads")
    cursor.execute("SELECT * FROM export_leads_setup()")
    try:
        yield
    finally:
        cursor.execute("SELECT * FROM export_leads_teardown()")


def configure(cursor, setting, value):
    cursor.execute("SELECT set_config(%s, %s, false)", (setting, value))


def export(cursor, tenant, status, columns=None):
    cursor.execute("SELECT export_leads_csv(%s, %s, %s)", (tenant, status, columns))
    return cursor.fetchone()[0].encode()


def check_schema(checks, schema):
    data = awkward_data.make_data(schema)
    with scratch_database("parity") as database, connection(database) as session, session.cursor() as cursor:
        configure(cursor, "TimeZone", "UTC")
        cursor.execute(schema.types)
        for table, rows in zip(schema.tables, (data.leads, data.statuses, data.calls)):
            table.create(cursor)
            table.insert(cursor, rows)
        cursor.execute(f"CREATE INDEX ON {schema.calls.name} (lead_id)")
        with extension(cursor):
            check_defaults(checks, schema, data, cursor)
            for time_zone in TIME_ZONES[schema.timestamp_type]:
                check_time_zone(checks, schema, data, cursor, time_zone)
            check_dialects(checks, schema, data, cursor)
            check_sessions(checks, schema, data, cursor)


def check_defaults(checks, schema, data, cursor):
    rows = expected_rows(schema, cursor, data.harmless_tenant, "new")
    check_equal(checks, f"{schema.name}: harmless values, {len(rows)} leads: no setting, Python's bytes",
                export(cursor, data.harmless_tenant, "new"), oracle.python_csv(rows))
    rows = expected_rows(schema, cursor, data.tenant, "new")
    check_equal(checks, f"{schema.name}: harmful values, {len(rows)} leads: no setting, guarded",
                export(cursor, data.tenant, "new"), oracle.guarded_csv(rows))
    check_equal(checks, f"{schema.name}: the tenant as text",
                export(cursor, str(data.tenant), "new"), oracle.guarded_csv(rows))


def check_time_zone(checks, schema, data, cursor, time_zone):
    configure(cursor, "TimeZone", time_zone)
    tables = [table.read(cursor) for table in schema.tables]
    requests = [(data.tenant, status) for status in awkward_data.ASKED_FOR]
    requests += [(tenant, status) for tenant in (data.harmless_tenant, data.other_tenant, data.empty_tenant)
                 for status in ("new", "theirs")]
    for tenant, status in requests:
        rows = oracle.export_rows(*tables, tenant, status)
        for guard, write in (("off", oracle.python_csv), ("on", oracle.guarded_csv)):
            configure(cursor, "export_leads.formula_guard", guard)
            name = f"{schema.name}: {time_zone}, tenant {tenant}, status {status}, {len(rows)} leads, guard {guard}"
            check_equal(checks, name, export(cursor, tenant, status), write(rows))


def check_sessions(checks, schema, data, cursor):
    rows = expected_rows(schema, cursor, data.tenant, "new")
    configure(cursor, "DateStyle", "German, DMY")
    check_equal(checks, f"{schema.name}: DateStyle German", export(cursor, data.tenant, "new"),
                oracle.guarded_csv(rows))


def check_dialects(checks, schema, data, cursor):
    rows = expected_rows(schema, cursor, data.tenant, "new")
    writers = {"off": oracle.python_csv, "on": oracle.guarded_csv, "strict": oracle.strict_csv}
    for (name, delimiter), (guard, write) in itertools.product(DELIMITERS.items(), writers.items()):
        configure(cursor, "export_leads.csv_delimiter", name)
        configure(cursor, "export_leads.formula_guard", guard)
        for columns in SELECTIONS:
            check_equal(checks, f"{schema.name}: {name}, guard {guard}, {', '.join(columns)}",
                        export(cursor, data.tenant, "new", list(columns)), write(rows, columns, delimiter=delimiter))
        if guard == "strict":
            check_no_formula(checks, f"{schema.name}: {name}, guard strict, whatever a reader splits at",
                             export(cursor, data.tenant, "new"))
    configure(cursor, "export_leads.csv_delimiter", "comma")
    configure(cursor, "export_leads.formula_guard", "on")


def expected_rows(schema, cursor, tenant, status):
    return oracle.export_rows(*(table.read(cursor) for table in schema.tables), tenant, status)


def main():
    extras.register_uuid()
    checks = Checks()
    for schema in schemas.all_schemas(awkward_data.STATUS_NAMES):
        try:
            check_schema(checks, schema)
        except psycopg2.Error as error:
            checks.that(False, schema.name, [error])
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
