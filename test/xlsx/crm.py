"""Databases with a small CRM, sessions with them, and the workbooks they export."""

import contextlib
import dataclasses
import io

from psycopg2 import extras

import reading
from session import ServerSession, scratch_database

TABLES = """
    CREATE TABLE leads (id {id} PRIMARY KEY, tenant_id {tenant}, name text, phone text, email text, source text,
                        status text, notes text, created_at {time});
    CREATE TABLE lead_statuses (tenant_id {tenant}, name text, label text);
    CREATE TABLE call_logs (id int PRIMARY KEY, tenant_id {tenant}, lead_id {id}, call_status text, created_at {time});
    CREATE INDEX ON leads (tenant_id, status, created_at DESC, id DESC);
    CREATE INDEX ON call_logs (lead_id, created_at DESC, id DESC);
    CREATE EXTENSION export_leads;
    SELECT count(*) FROM export_leads_setup();
"""
# What an export of the standard columns must show, times as PostgreSQL's text. It knows nothing of the extension.
ROWS = """
    SELECT lead.status, coalesce((SELECT label FROM lead_statuses AS status
                                  WHERE status.tenant_id = lead.tenant_id AND status.name = lead.status), lead.status),
           lead.id, coalesce(nullif(lead.name, ''), 'ללא שם'), lead.phone, lead.email, lead.created_at::text AS at,
           call.created_at::text, call.call_status, lead.source, lead.notes
    FROM leads AS lead
    LEFT JOIN (SELECT DISTINCT ON (lead_id) * FROM call_logs WHERE tenant_id = %(tenant)s AND created_at IS NOT NULL
               ORDER BY lead_id, created_at DESC, id DESC) AS call ON call.lead_id = lead.id
    WHERE lead.tenant_id = %(tenant)s AND lead.status = %(status)s
    ORDER BY lead.created_at DESC, lead.id DESC
"""


@dataclasses.dataclass(frozen=True)
class Types:
    """Of the tables' columns."""
    id: str = "int"
    tenant: str = "int"
    time: str = "timestamp"


class Session(ServerSession):
    """One with a CRM."""

    def __init__(self, name):
        super().__init__(dbname=name)
        extras.register_uuid(conn_or_curs=self.connection)

    def insert(self, table, rows):
        with self.connection.cursor() as cursor:
            extras.execute_values(cursor, f"INSERT INTO {table} VALUES %s", rows, page_size=1000)

    def export(self, status="new", tenant="7", columns=None):
        """The bytes of a workbook, which every reader of ZIP and XML must take."""
        workbook = bytes(self.value("SELECT export_leads_xlsx(%s::text, %s, %s)", (str(tenant), status, columns)))
        reading.assert_sound(io.BytesIO(workbook))
        return workbook

    def sheet(self, *arguments, **options):
        return reading.sheet_of(io.BytesIO(self.export(*arguments, **options)))

    def expected_rows(self, status="new", tenant=7):
        return self.rows(ROWS, {"status": status, "tenant": tenant})


@contextlib.contextmanager
def database(types=Types()):
    """A session with a database of this process alone, which has the tables and is set up for exports."""
    with scratch_database("xlsx") as name, Session(name) as crm:
        crm.name = name
        crm.rows(TABLES.format(**dataclasses.asdict(types)))
        yield crm
        crm.rows("SELECT export_leads_teardown()")
