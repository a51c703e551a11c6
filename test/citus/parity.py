"""Every node returns the bytes that a plain database does, in each way to ask."""

from checks import expect

TENANTS = range(1, 22)  # the last one has no rows
STATUSES = ("new", "won", "lost", "hot", "other", "empty")
EVERY_FILE = """
SELECT tenant, status, md5({function}) FROM generate_series(1, 21) AS tenant, unnest(%s) AS status ORDER BY 1, 2
"""

# Each must print on every node what it prints in the plain database: files as they are, errors as their SQLSTATE.
WAYS = {
    "by itself": "SELECT md5(export_leads_csv(7, 'new'))",
    "as a stream": "SELECT md5(string_agg(piece, '')) FROM export_leads_csv_stream(7, 'new') AS piece",
    "as a workbook": "SELECT md5(export_leads_xlsx(7, 'new'))",
    "as a file": "SELECT filename, content_type, lead_count, md5(body) FROM export_leads_file(7, 'new')",
    "as a number": "SELECT export_leads_count(7, 'new', '2025-01-02')",
    "for a tenant as text": "SELECT md5(export_leads_csv('7', 'new'))",
    "columns and days": "SELECT md5(export_leads_csv(7, 'new', '{phone,full_name}', '2025-01-02', '2025-01-03'))",
    "in a transaction": "BEGIN; SELECT md5(export_leads_csv(7, 'new')) AS f; COMMIT; SELECT 1",
    "for each row": "SELECT t, md5(export_leads_csv(t, 'won')) FROM generate_series(3, 9) AS t",
    "in an expression": "SELECT length(export_leads_csv(7, 'new')) + length(export_leads_csv(8, 'new'))",
    "in a function": "SELECT exported(7, 'new')",
    "into a table": "CREATE TEMP TABLE f AS SELECT export_leads_csv(7, 'new') AS f; SELECT md5(f) FROM f; ",
    "with semicolons": "SET LOCAL export_leads.csv_delimiter = semicolon; SELECT md5(export_leads_csv(7, 'new'))",
    "without a guard": "SET LOCAL export_leads.formula_guard = off; SELECT md5(export_leads_csv(7, 'new'))",
    "without a mark": "SET LOCAL export_leads.csv_bom = off; SELECT md5(export_leads_csv(7, 'new'))",
    "with Excel's times": "SET LOCAL export_leads.timestamp_style = excel; SELECT md5(export_leads_csv(7, 'new'))",
    "with a wrong status": "SELECT export_leads_csv(7, 'no such')",
    "with no status": "SELECT export_leads_csv(7, '')",
    "with an unknown column": "SELECT export_leads_csv(7, 'new', '{nothing}')",
    "with no tenant": "SELECT export_leads_csv('seven', 'new')",
    "with a range the wrong way": "SELECT export_leads_csv(7, 'new', NULL, '2025-02-01', '2025-01-01')",
}
LEVELS = ("READ COMMITTED", "READ COMMITTED READ ONLY", "REPEATABLE READ", "SERIALIZABLE",
          "SERIALIZABLE READ ONLY DEFERRABLE")
EXPORTED = """
CREATE FUNCTION exported(tenant int, status text) RETURNS text LANGUAGE plpgsql AS
'BEGIN RETURN md5(export_leads_csv(tenant, status)); END'
"""


def answer(node, database, statements):
    with node.session(database) as session:
        found = []
        code = session.sqlstate(lambda: found.append(session.rows("BEGIN; " + statements)))
        return code, found


def every_file(node, database, function):
    with node.session(database) as session:
        return session.rows(EVERY_FILE.format(function=function), (list(STATUSES),))


def same_files(cluster, function):
    expected = every_file(cluster.coordinator, "plain", function)
    for node in cluster.nodes:
        expect(every_file(node, "crm", function), expected, f"the files of the node on port {node.port}")
    return f"{len(expected)} files from {len(cluster.nodes)} nodes"


def same_answers(cluster, statements):
    expected = answer(cluster.coordinator, "plain", statements)
    for node in cluster.nodes:
        expect(answer(node, "crm", statements), expected, f"the answer of the node on port {node.port}")


def same_at_each_level(cluster):
    expected = answer(cluster.coordinator, "plain", "SELECT md5(export_leads_csv(7, 'new'))")[1][0]
    for node in cluster.nodes:
        for level in LEVELS:
            with node.session() as session:
                session.rows(f"BEGIN ISOLATION LEVEL {level}; SAVEPOINT before")
                expect(session.rows("SELECT md5(export_leads_csv(7, 'new'))"), expected, f"a file at {level}")
                session.rows("ROLLBACK TO before")
                session.rows("DECLARE reader CURSOR FOR SELECT md5(export_leads_csv(7, 'new'))")
                expect(session.rows("FETCH reader"), expected, f"a file of a cursor at {level}")


def sees_its_own_writes(cluster):
    """What the transaction has written so far is in its file, and gone with it."""
    for node in cluster.nodes:
        with node.session() as session:
            before = session.value("SELECT export_leads_count(7, 'new')")
            session.rows("BEGIN; INSERT INTO leads (id, tenant_id, status) VALUES (1000000, 7, 'new')")
            expect(session.value("SELECT export_leads_count(7, 'new')"), before + 1, "leads in the transaction")
            session.rows("ROLLBACK")
            expect(session.value("SELECT export_leads_count(7, 'new')"), before, "leads after it")


def in_pieces(cluster):
    """A stream from another node comes in several pieces, whose memory is bounded."""
    with cluster.coordinator.session() as session:
        session.rows("""INSERT INTO leads (id, tenant_id, status, notes)
                        SELECT 2000000 + n, 20, 'large', repeat('x', 1000) FROM generate_series(1, 3000) AS n""")
    for node in cluster.nodes:
        with node.session() as session:
            pieces = session.rows("SELECT length(piece) FROM export_leads_csv_stream(20, 'large') AS piece")
            expect(len(pieces) > 5 and max(pieces) < (300_000,), True, f"pieces of {pieces[:9]}")
    with cluster.coordinator.session() as session:
        session.rows("DELETE FROM leads WHERE status = 'large'")


def cancelled(cluster):
    for node in cluster.nodes:
        with node.session() as session:
            session.rows("SET statement_timeout = 20")
            slow = "SELECT md5(export_leads_csv(7, 'new')) FROM generate_series(1, 999)"
            expect(session.sqlstate(session.rows, slow), "57014", "the error of a cancelled call")
            session.rows("RESET statement_timeout")
            expect(session.sqlstate(session.rows, "SELECT export_leads_csv(7, 'new')"), "00000", "the next export")


def part_of_a_query(cluster):
    """A call that Citus would run in a session of its own, without the settings of this one."""
    codes = set()
    for node in cluster.nodes:
        with node.session() as session:
            codes.add(session.sqlstate(
                session.rows, "SELECT md5(export_leads_csv(7, 'new')) FROM leads WHERE tenant_id = 7 LIMIT 1"))
    expect(codes <= {"0A000", "00000"} and "0A000" in codes, True, f"errors {codes}")


def make_checks(checks, cluster):
    for database in ("plain", "crm"):
        with cluster.coordinator.session(database) as session:
            session.rows(EXPORTED)
    for function in ("export_leads_csv(tenant, status)", "export_leads_xlsx(tenant, status)"):
        checks.check(f"{function} is the same on each node", same_files, cluster, function)
    for way, statements in WAYS.items():
        checks.check(f"the same {way}", same_answers, cluster, statements)
    checks.check("the same at each isolation level, after a savepoint, in a cursor", same_at_each_level, cluster)
    checks.check("a transaction sees what it has written", sees_its_own_writes, cluster)
    checks.check("a stream stays a stream", in_pieces, cluster)
    checks.check("a cancel arrives", cancelled, cluster)
    checks.check("a call within a query on distributed tables is refused", part_of_a_query, cluster)
