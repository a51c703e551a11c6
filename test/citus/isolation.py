"""No rows of another tenant, whatever is wrong on a single shard or node, and whoever calls what."""

import re

import psycopg2
from checks import expect

ON_SHARD = "SET citus.enable_manual_changes_to_shards = on; SET citus.enable_ddl_propagation = off; "
# What is wrong on one shard, or one node, and what mends it there.
TAMPERING = {
    "row security is off": ("ALTER TABLE {shard} DISABLE ROW LEVEL SECURITY",
                            "ALTER TABLE {shard} ENABLE ROW LEVEL SECURITY"),
    "our policy shows all": ("ALTER POLICY export_leads_only_tenant ON {shard} USING (true)",
                             "ALTER POLICY export_leads_only_tenant ON {shard} USING ({condition})"),
    "our policy is gone": ("DROP POLICY export_leads_tenant_rows ON {shard}",
                           "CREATE POLICY export_leads_tenant_rows ON {shard} FOR SELECT TO export_leads_reader "
                           "USING ({condition})"),
    "another policy hides rows": ("CREATE POLICY hidden ON {shard} AS RESTRICTIVE USING (false)",
                                  "DROP POLICY hidden ON {shard}"),
    "a grant is gone": ("REVOKE SELECT (name) ON {shard} FROM export_leads_reader",
                        "GRANT SELECT (name) ON {shard} TO export_leads_reader"),
    "the reader bypasses row security": ("ALTER ROLE export_leads_reader BYPASSRLS",
                                         "ALTER ROLE export_leads_reader NOBYPASSRLS"),
    "the reader may log in": ("ALTER ROLE export_leads_reader LOGIN", "ALTER ROLE export_leads_reader NOLOGIN"),
    "the tenant's function is forbidden": (
        "REVOKE EXECUTE ON FUNCTION export_leads_tenant() FROM PUBLIC, export_leads_reader",
        "GRANT EXECUTE ON FUNCTION export_leads_tenant() TO PUBLIC"),
}
CONDITION = "tenant_id OPERATOR(pg_catalog.=) (export_leads.export_leads_tenant()::pg_catalog.int4)"
FORGED = """SELECT _export_leads_at(8::bigint, 'csv', 'new', NULL, NULL, NULL, NULL, true,
                                    ARRAY['UTC', 'on', 'comma', 'on', 'iso', '0'], 0, '\\x00')"""


def shard_of(cluster, tenant):
    with cluster.coordinator.session() as session:
        return session.value("SELECT shard_name('leads', get_shard_id_for_distribution_column('leads', %s))",
                             (tenant,))


def tampered(cluster, change, undoing):
    owner, shard = cluster.owner_of(7), shard_of(cluster, 7)
    with owner.session() as session:
        session.rows(ON_SHARD + change.format(shard=shard))
        try:
            for node in cluster.nodes:
                with node.session() as asking:
                    expect(asking.sqlstate(asking.rows, "SELECT export_leads_csv(7, 'new')"), "55000",
                           f"the export asked for on port {node.port}")
            with cluster.coordinator.session() as coordinator:
                found = coordinator.rows("SELECT object FROM export_leads_check() WHERE level = 'error'")
                expect(bool(found) and all(f"node 127.0.0.1:{owner.port}" in row[0] for row in found), True,
                       f"whether the check names the node, in {found}")
        finally:
            session.rows(ON_SHARD + undoing.format(shard=shard, condition=CONDITION))


def widened(cluster):
    """A policy that shows more on a shard, where Citus has made ours permissive, shows no other tenant's rows."""
    owner, shard = cluster.owner_of(7), shard_of(cluster, 7)
    with owner.session() as session, cluster.coordinator.session() as asking:
        before = asking.value("SELECT md5(export_leads_csv(7, 'new'))")
        session.rows(ON_SHARD + f"CREATE POLICY more ON {shard} USING (true)")
        expect(asking.value("SELECT md5(export_leads_csv(7, 'new'))"), before, "the file")
        session.rows(ON_SHARD + f"DROP POLICY more ON {shard}")


def reader_by_itself(cluster):
    owner, shard = cluster.owner_of(7), shard_of(cluster, 7)
    with owner.session() as session:
        session.rows("SET ROLE export_leads_reader")
        expect(session.value(f"SELECT count(tenant_id) FROM {shard}"), 0, "rows that the reader sees")
    with cluster.coordinator.session() as session:
        session.rows("SET ROLE export_leads_reader")
        expect(session.sqlstate(session.rows, "SELECT count(tenant_id) FROM leads") in ("00000",), False,
               "whether the reader can read through Citus")


def forged(cluster):
    """A call that no node has sealed does nothing, whatever its session is called."""
    with cluster.coordinator.session() as session:
        session.rows("CREATE ROLE site_forger LOGIN; GRANT USAGE ON SCHEMA export_leads TO site_forger")
    for node in cluster.nodes:
        with node.session(user="site_forger") as session:
            for name in ("psql", "citus_internal gpid=10000000001"):
                session.rows(f"SET application_name = '{name}'")
                expect(session.sqlstate(session.rows, FORGED), "55000", f"the error as {name}")
                code = session.sqlstate(session.rows, "SELECT export_leads_csv(8, 'new')")
                expect(code, "42501", "the error of a public function")


def replayed(cluster):
    """Whoever makes a call can see its seal; it is worth nothing after the next change, and no error shows it."""
    with cluster.coordinator.session() as dba:
        dba.rows("CREATE ROLE site_spy LOGIN")
        dba.rows("SELECT export_leads_allow('site_spy')")
        asked = next(node for node in cluster.workers if node is not cluster.owner_of(8))
        with asked.session(user="site_spy") as session:
            session.rows("SET client_min_messages = notice; SET citus.log_remote_commands = on")
            session.rows("SELECT export_leads_csv(8, 'new')")
            notices = "".join(session.connection.notices)
            call = re.search(r"SELECT piece FROM export_leads\._export_leads_at\(.*", notices).group()
            expect(session.sqlstate(session.rows, call), "00000", "the call again, at once")
            dba.rows("SELECT export_leads_forbid('site_spy')")
            dba.rows("GRANT USAGE ON SCHEMA export_leads TO site_spy")
            expect(session.sqlstate(session.rows, call), "55000", "the call after a change")
            try:
                session.rows(call.replace("'csv'", "'xlsx'"))
            except psycopg2.Error as error:
                expect(error.pgcode, "55000", "another call with the seal")
    with asked.session() as session:
        try:
            session.rows("SELECT export_leads_csv(8, 'no such')")
        except psycopg2.Error as error:
            expect("_export_leads_at" in (error.diag.context or ""), False, "whether an error shows the call")


def renamed_by_the_query(cluster):
    """A query cannot hide that Citus runs it in a session of its own."""
    query = """SELECT set_config('application_name', 'x', false), export_leads_csv({}, 'new')
               FROM leads WHERE tenant_id = {}"""
    for node in cluster.nodes:
        for tenant in range(1, 9):
            with node.session() as session:
                code = session.sqlstate(session.rows, query.format(tenant, tenant) + " LIMIT 1")
                here = cluster.owner_of(tenant) is node
                expect(code in ("0A000", "00000") if here else code == "0A000", True, f"the error {code}")


def written_over_a_connection(cluster):
    """Rows that the transaction has written to this node over a connection of Citus's cannot be read here."""
    with cluster.owner_of(7).session() as session:
        session.rows("BEGIN; SET LOCAL citus.enable_local_execution = off")
        session.rows("INSERT INTO leads (id, tenant_id, status) VALUES (5000000, 7, 'unseen')")
        expect(session.sqlstate(session.rows, "SELECT export_leads_csv(7, 'unseen')"), "55000", "the error")
        session.rows("ROLLBACK")


def make_checks(checks, cluster):
    for name, (change, undoing) in TAMPERING.items():
        checks.check(f"an export is refused where {name} on one shard or node", tampered, cluster, change, undoing)
    checks.check("a policy that shows more shows no other tenant's rows", widened, cluster)
    checks.check("the reader by itself sees nothing", reader_by_itself, cluster)
    checks.check("a forged call does nothing", forged, cluster)
    checks.check("a call that is made again does nothing after a change", replayed, cluster)
    checks.check("a query cannot hide that Citus runs it", renamed_by_the_query, cluster)
    checks.check("rows written over a connection are an error", written_over_a_connection, cluster)
