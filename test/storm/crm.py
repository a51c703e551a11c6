"""The database of the storm: made, mended, taken away; and the files that its exports must be."""

import contextlib
import pathlib

import psycopg2

from leads import csv_file, isoformat
from session import scratch_database

TENANTS = (7, 13)
STATUSES = ("new", "won", "lost", "nobodys")
REQUESTS = tuple((tenant, status) for tenant in TENANTS for status in STATUSES)
AROUND_REQUESTS = tuple((*request, "around") for request in REQUESTS)
ROLES = ("storm_owner", "storm_app")

LEADS_QUERY = """
    SELECT lead.id, lead.name, lead.phone, lead.email, lead.created_at, call.created_at, call.call_status, lead.source,
           lead.notes
    FROM crm.leads AS lead
    LEFT JOIN (SELECT DISTINCT ON (lead_id) * FROM crm.call_log WHERE tenant_id = %(tenant)s
               ORDER BY lead_id, created_at DESC, id DESC) AS call ON call.lead_id = lead.id
    WHERE lead.tenant_id = %(tenant)s AND lead.status = %(status)s
    ORDER BY lead.created_at DESC, lead.id DESC
"""

AROUND_QUERY = """
    SELECT lead.id, (SELECT string_agg(DISTINCT near.notes, '/') FROM crm.leads AS near
                     WHERE near.tenant_id = lead.tenant_id AND near.id BETWEEN lead.id - 5 AND lead.id + 5)
    FROM crm.leads AS lead
    WHERE lead.tenant_id = %(tenant)s AND lead.status = %(status)s
    ORDER BY lead.created_at DESC, lead.id DESC
"""


def connect(database, user=None):
    """A session that sends its statements as they are, without transactions around them."""
    connection = psycopg2.connect(dbname=database, **({"user": user} if user else {}))
    connection.autocommit = True
    connection.set_client_encoding("UTF8")
    return connection


def fetch(connection, query, values=None):
    """The only row of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


def execute(connection, statements, values=None):
    with connection.cursor() as cursor:
        cursor.execute(statements, values)


@contextlib.contextmanager
def database(files, statements):
    """The name of a database of this process alone, made by files of the folder sql and further statements."""
    folder = pathlib.Path(__file__).with_name("sql")
    with scratch_database("storm", "storm_stranger", *ROLES) as name:
        with contextlib.closing(connect(name)) as session:
            # A deadlock is an error that the storm allows; it should not take a second of it each time.
            execute(session, f"ALTER DATABASE {name} SET deadlock_timeout = '20ms'")
        with contextlib.closing(connect(name)) as session:
            for file in files:
                execute(session, (folder / file).read_text(encoding="utf-8"))
            for statement in statements:
                execute(session, statement)
        yield name
        with contextlib.closing(connect(name)) as session:
            execute(session, "SELECT storm.teardown()")


def expected_files(connection):
    """What each request must return: csv.writer's bytes of a plain query's rows."""
    return {**{request: expected_file(connection, *request) for request in REQUESTS},
            **{request: expected_file_around(connection, *request[:2]) for request in AROUND_REQUESTS}}


def expected_file(connection, tenant, status):
    with connection.cursor() as cursor:
        cursor.execute("SELECT label FROM crm.lead_statuses WHERE tenant_id = %s AND name = %s", (tenant, status))
        label = (cursor.fetchone() or [status])[0]
        cursor.execute(LEADS_QUERY, {"tenant": tenant, "status": status})
        return csv_file((
            (status, label, lead_id, name, phone, email, isoformat(created_at), isoformat(called_at), call_status,
             source, notes)
            for lead_id, name, phone, email, created_at, called_at, call_status, source, notes in cursor))


def expected_file_around(connection, tenant, status):
    with connection.cursor() as cursor:
        cursor.execute(AROUND_QUERY, {"tenant": tenant, "status": status})
        return csv_file(cursor, ("lead_id", "around"))


def mend(connection):
    """Gives the tables and the set-up back what the storm has done to them, however many attempts that takes."""
    for _ in range(10):
        with contextlib.suppress(psycopg2.Error):
            execute(connection, "SELECT storm.mend()")
            return
    execute(connection, "SELECT storm.mend()")
