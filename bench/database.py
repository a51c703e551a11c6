"""The database that is measured: made once, then given one set of indexes after the other."""

import os
import pathlib
import time

import psycopg2

from queries import Selection

NAME = "crm"
TENANT = 1  # the one with most leads

# The sets of rows, each in a database of its own, and how many of the leads that are asked for it has.
DATA = {"wide": (NAME, 1), "narrow": (NAME + "_narrow", 1 / 3)}

# What every scenario runs with; "none" still finds the calls of a tenant, as the application does.
INDEXES = {
    "recommended": ("CREATE INDEX bench_1 ON leads (tenant_id, status, created_at DESC, id DESC)",
                    "CREATE INDEX bench_2 ON call_log (business_id, lead_id, created_at DESC, id DESC) "
                    "INCLUDE (call_status)"),
    "application's own": ("CREATE INDEX bench_1 ON leads (tenant_id)", "CREATE INDEX bench_2 ON leads (status)",
                          "CREATE INDEX bench_3 ON call_log (lead_id)",
                          "CREATE INDEX bench_4 ON call_log (business_id)"),
    "none on the calls' lead": ("CREATE INDEX bench_1 ON leads (tenant_id)", "CREATE INDEX bench_2 ON leads (status)",
                                "CREATE INDEX bench_3 ON call_log (business_id)"),
}


def connect(database=NAME):
    """A session that sends its statements as they are, without transactions around them."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection


def fetch(connection, query, values=None):
    """The first column of a query's first row."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]


def execute(connection, *statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def make(data, leads):
    """Makes the database of a set of rows out of so many leads, and sets it up for exports."""
    name, share = DATA[data]
    server = connect(os.environ.get("PGDATABASE", "postgres"))
    execute(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    server.close()
    connection = connect(name)
    execute(connection, f"SET bench.leads = {int(leads * share)}")
    for file in ("tables.sql", f"{data}.sql"):
        execute(connection, pathlib.Path(__file__).with_name(file).read_text(encoding="utf-8"))
    execute(connection, "ALTER TABLE leads ADD PRIMARY KEY (id)", "ALTER TABLE call_log ADD PRIMARY KEY (id)",
            "VACUUM (FREEZE, ANALYZE) leads, lead_statuses, call_log",
            "CREATE EXTENSION export_leads", "SELECT count(*) FROM export_leads_setup()")
    return connection


def use_indexes(connection, name):
    """Replaces the indexes; returns how long building them took, in seconds."""
    execute(connection, "DROP INDEX IF EXISTS bench_1, bench_2, bench_3, bench_4")
    started = time.perf_counter()
    execute(connection, *INDEXES[name])
    elapsed = time.perf_counter() - started
    execute(connection, "VACUUM (ANALYZE) leads, call_log")
    return elapsed


def count_leads(connection, selection):
    return fetch(connection, f"SELECT count(*) FROM leads WHERE {selection.condition('leads')}")


def newest(connection, status, count):
    """The newest leads of a column of TENANT's, so many of them or all."""
    since = fetch(connection, "SELECT min(created_at) FROM (SELECT created_at FROM leads WHERE tenant_id = %s AND "
                  "status = %s ORDER BY created_at DESC LIMIT %s) AS newest", (TENANT, status, count))
    return Selection(TENANT, status, since)


def has_function(connection, name):
    return fetch(connection, "SELECT count(*) FROM pg_proc WHERE proname = %s", (name,)) > 0
