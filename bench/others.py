"""What row security costs roles that it binds: the application's statements as such a role, and as one that bypasses it
and is like it otherwise."""

import contextlib

import contestants as who
import database
import report
from measure import measure
from queries import Selection

BOUND, BYPASSING = "bench_bound", "bench_bypassing"
GOAL = 1.1  # times what it takes where row security does not apply

# By what a table calls it. Nothing is kept: what is written is rolled back.
STATEMENTS = {
    "a lead by its id": ("SELECT * FROM leads WHERE id = 1",),
    "50 leads of a column": ("SELECT * FROM leads WHERE tenant_id = {tenant} AND status = 'new' "
                             "ORDER BY created_at DESC, id DESC LIMIT 50",),
    "50 leads of a column with their latest calls": (
        "SELECT lead.*, call.* FROM leads AS lead LEFT JOIN LATERAL (SELECT * FROM call_log AS call "
        "WHERE call.business_id = {tenant} AND call.lead_id = lead.id ORDER BY created_at DESC, id DESC LIMIT 1) "
        "AS call ON true WHERE lead.tenant_id = {tenant} AND lead.status = 'new' "
        "ORDER BY lead.created_at DESC, lead.id DESC LIMIT 50",),
    "all leads, counted by status": ("SELECT status, count(*) FROM leads GROUP BY status",),
    "inserting a lead": ("BEGIN", "INSERT INTO leads (id, tenant_id, name) VALUES (0, {tenant}, 'x')", "ROLLBACK"),
    "updating a lead": ("BEGIN", "UPDATE leads SET notes = 'x' WHERE id = 1", "ROLLBACK"),
}


def report_others(bench):
    connection = bench.connection
    database.execute(connection, f"CREATE ROLE {BOUND}", f"CREATE ROLE {BYPASSING} BYPASSRLS",
                     f"GRANT SELECT, INSERT, UPDATE ON leads, lead_statuses, call_log TO {BOUND}, {BYPASSING}")
    for role in (BOUND, BYPASSING):
        check_binds(connection, role)
    rows = []
    for name, statements in STATEMENTS.items():
        bound, bypassing = (as_role(connection, role, statements) for role in (BOUND, BYPASSING))
        leads = database.count_leads(connection, Selection(database.TENANT, "new")) if name.startswith("all") else 1
        times = measure([bypassing, bound], None, leads, bench.runs)
        rows.append([name, *map(report.milliseconds, times.values()),
                     report.ratio(times[BOUND], times[BYPASSING], GOAL)])
    database.execute(connection, f"DROP OWNED BY {BOUND}, {BYPASSING}", f"DROP ROLE {BOUND}, {BYPASSING}")
    report.table(["", "bypassing row security", "bound by it", "bound / bypassing"], rows)


def check_binds(connection, role):
    """Row security binds the one and not the other, and both see the same rows."""
    leads = database.fetch(connection, "SELECT count(*) FROM leads")
    with acting(connection, role):
        is_bound, seen = (database.fetch(connection, query) for query in (
            "SELECT row_security_active('leads')", "SELECT count(*) FROM leads"))
    if (is_bound, seen) != (role == BOUND, leads):
        raise SystemExit(f"row security binds {role}: {is_bound}, which sees {seen} leads of {leads}")


@contextlib.contextmanager
def acting(connection, role):
    database.execute(connection, f"SET ROLE {role}")
    try:
        yield
    finally:
        database.execute(connection, "RESET ROLE")


def as_role(connection, role, statements):
    def run(_):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.format(tenant=database.TENANT))
                if cursor.description:
                    cursor.fetchall()
    return who.Contestant(role, run, around=lambda: acting(connection, role))
