"""What an export costs from tables that Citus has spread over three nodes, asked for on each of them."""

import contextlib
import statistics
import time

import cluster
import report

TENANT = 7
# A column of each size, and how often it is exported.
COLUMNS = {"empty": (0, 60), "few": (1_000, 30), "many": (100_000, 5)}
ROWS = """
INSERT INTO leads (id, tenant_id, first_name, phone_e164, email, status, notes, created_at)
SELECT 10000000 + n, {tenant}, 'שם ' || n, '+97250' || n, format('a%s@example.co.il', n),
       CASE WHEN n <= {few} THEN 'few' ELSE 'many' END, repeat('הערה ', n % 20),
       timestamp '2025-01-01' + n * interval '37 s'
FROM generate_series(1, {all}) AS n
"""
INDEXES = ("CREATE INDEX ON leads (tenant_id, status, created_at DESC, id DESC)",
           "CREATE INDEX ON call_log (business_id, lead_id, created_at DESC, id DESC) INCLUDE (call_status)",
           "ANALYZE leads, call_log, lead_statuses")


def seconds(session, status):
    started = time.perf_counter()
    session.value("SELECT length(export_leads_csv(%s, %s))", (TENANT, status))
    return time.perf_counter() - started


def add_rows(running):
    few, many = COLUMNS["few"][0], COLUMNS["many"][0]
    for database in ("plain", "crm"):
        with running.coordinator.session(database) as session:
            session.rows(ROWS.format(tenant=TENANT, few=few, all=few + many))
            for statement in INDEXES:
                session.rows(statement)


def measure(running, asked):
    """Milliseconds, a row for each column: who is asked in turn, medians."""
    with contextlib.ExitStack() as open_sessions:
        sessions = [open_sessions.enter_context(node.session(database)) for node, database in asked.values()]
        for status, (leads, times) in COLUMNS.items():
            taken = [[seconds(session, status) for session in sessions] for _ in range(times + 1)][1:]
            medians = [statistics.median(column) * 1000 for column in zip(*taken)]
            yield [f"{leads:,}", *(f"{median:.2f}" if median < 10 else f"{median:,.0f}" for median in medians)]


def scenario(_bench, _indexes):
    report.heading("Tables that Citus distributes, in ms, recommended indexes, in the server")
    if not cluster.is_installed():
        print("Citus is not installed for this PostgreSQL.")
        return
    with cluster.running_cluster() as running:
        add_rows(running)
        owner = running.owner_of(TENANT)
        other = next(worker for worker in running.workers if worker is not owner)
        asked = {"plain": (running.coordinator, "plain"), "the owning node": (owner, "crm"),
                 "passed on by a worker": (other, "crm"), "passed on by the coordinator": (running.coordinator, "crm")}
        report.table(["leads", *asked], measure(running, asked))
