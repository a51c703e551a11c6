"""Set-up on all nodes by one call on the coordinator, the check, adding a node, teardown, and what is refused."""

import json
import threading

import psycopg2
from checks import Failure, expect

ERRORS = "SELECT name, object FROM export_leads_check() WHERE level = 'error' ORDER BY 1, 2"


def refusal(session, statement):
    try:
        session.rows(statement)
    except psycopg2.Error as error:
        return error.pgcode, error.diag.message_primary, error.diag.message_hint
    raise Failure(f"{statement} was not refused")


def check_finds_nothing(cluster):
    for node in cluster.nodes:
        with node.session() as session:
            expect(session.rows(ERRORS), [], f"the check on port {node.port}")


def again(cluster):
    with cluster.coordinator.session() as session:
        expect(session.rows("SELECT DISTINCT action FROM export_leads_setup() WHERE action <> 'found' ORDER BY 1"),
               [("told",), ("unchanged",)], "what a second set-up does")


def changes_are_told(cluster):
    """Columns, headers, rules and callers that were changed on the coordinator hold on every node."""
    with cluster.coordinator.session() as session:
        session.rows("CREATE ROLE site_app LOGIN")
        session.rows("SELECT export_leads_allow('site_app')")
        session.rows("SELECT export_leads_add_column('city', 'upper(lead.email)', 'עיר')")
        session.rows("SELECT export_leads_set_header('phone', 'טלפון')")
        session.rows("SELECT FROM export_leads_setup(grants_required => true, session_setting => 'site.tenant')")
        session.rows("SELECT export_leads_grant('site_app', 7)")
    files = set()
    for node in cluster.nodes:
        with node.session(user="site_app") as session:
            files.add(session.value("SELECT md5(export_leads_csv(7, 'new', '{phone,city}'))"))
            expect(session.sqlstate(session.rows, "SELECT export_leads_csv(8, 'new')"), "42501", "without a grant")
            session.rows("SET site.tenant = '8'")
            expect(session.sqlstate(session.rows, "SELECT export_leads_csv(7, 'new')"), "42501", "of another session")
            session.rows("SET site.tenant = '7'")
            expect(session.sqlstate(session.rows, "SELECT export_leads_csv(7, 'new')"), "00000", "of its own session")
    expect(len(files), 1, "different files")
    with cluster.coordinator.session() as session:
        session.rows("SELECT export_leads_revoke('site_app', 7)")
        session.rows("SELECT export_leads_forbid('site_app')")
        session.rows("SELECT export_leads_remove_column('city'); SELECT export_leads_set_header('phone', NULL)")
        session.rows("SELECT FROM export_leads_setup(grants_required => false, session_setting => '')")
    for node in cluster.nodes:
        with node.session(user="site_app") as session:
            code = session.sqlstate(session.rows, "SELECT export_leads.export_leads_csv(7, 'new')")
            expect(code, "42501", "after forbidding")


def a_node_that_differs(cluster):
    """Where one node has another set-up, calls that pass between the two are refused, and the check says which."""
    worker = cluster.workers[0]
    with worker.session() as session:
        session.rows("UPDATE export_leads_configuration SET time_zone = 'Asia/Tokyo'")
    codes = {}
    for node in cluster.nodes:
        with node.session() as session:
            codes[node.port] = {session.sqlstate(session.rows, f"SELECT export_leads_csv({tenant}, 'new')")
                                for tenant in range(1, 21)}
    expect(codes, {node.port: {"00000", "55000"} if node is not cluster.coordinator else codes[node.port]
                   for node in cluster.nodes}, "the errors of each node")
    with cluster.coordinator.session() as session:
        expect(session.rows(ERRORS), [("node_differs", f"node 127.0.0.1:{worker.port}")], "the check")
        session.rows("SELECT FROM export_leads_setup()")
        expect(session.rows(ERRORS), [], "the check after set-up")


def only_on_the_coordinator(cluster):
    with cluster.workers[0].session() as session:
        for call in ("export_leads_setup()", "export_leads_teardown()", "export_leads_save(7, 'new')",
                     "export_leads_history(7)"):
            code, _, hint = refusal(session, f"SELECT FROM {call}")
            expect((code, bool(hint)), ("55000", True), call)


def history(cluster):
    """An export of a tenant on another node is kept on the coordinator."""
    with cluster.coordinator.session() as session:
        for tenant in range(1, 9):
            kept = session.value("SELECT export_id FROM export_leads_save(%s, 'new')", (tenant,))
            expect(session.rows("SELECT md5(body), lead_count FROM export_leads_saved(%s, %s)", (tenant, kept)),
                   session.rows("SELECT md5(body), lead_count FROM export_leads_file(%s, 'new')", (tenant,)),
                   "the kept file")


def statuses_for_all(cluster):
    """Statuses as a reference table, and then again beside the leads."""
    expected = files_of_all(cluster.coordinator)
    with cluster.coordinator.session() as session:
        session.rows("SELECT FROM export_leads_teardown()")
        session.rows("SELECT undistribute_table('lead_statuses')")
        session.rows("ALTER TABLE lead_statuses DROP CONSTRAINT lead_statuses_pkey")
        session.rows("ALTER TABLE lead_statuses ADD COLUMN key serial PRIMARY KEY")
        session.rows("SELECT create_reference_table('lead_statuses')")
        session.rows("SELECT FROM export_leads_setup(keep_history => true)")
    for node in cluster.nodes:
        expect(files_of_all(node), expected, f"files from port {node.port}")
    with cluster.coordinator.session() as session:
        session.rows("SELECT FROM export_leads_teardown()")
        session.rows("SELECT undistribute_table('lead_statuses')")
        session.rows("ALTER TABLE lead_statuses DROP COLUMN key, ADD PRIMARY KEY (business_id, id)")
        session.rows("SELECT create_distributed_table('lead_statuses', 'business_id', colocate_with => 'leads')")
        session.rows("SELECT FROM export_leads_setup(keep_history => true)")
    for node in cluster.nodes:
        expect(files_of_all(node), expected, f"files from port {node.port}")


def files_of_all(node, user="postgres"):
    with node.session(user=user) as session:
        return session.rows("SELECT t, md5(export_leads_csv(t, 'new')) FROM generate_series(1, 20) AS t ORDER BY 1")


def refused(cluster):
    """Tables that are distributed in a way that cannot work, before anything is changed."""
    with cluster.coordinator.session() as session:
        session.rows("SELECT FROM export_leads_teardown()")
        before = session.rows("SELECT count(*) FROM pg_policy")
        for change, message in (
                ("SELECT undistribute_table('call_log')", 'table "public.call_log" is not distributed'),
                ("SELECT create_distributed_table('call_log', 'lead_id')", "is distributed by column"),
                ("SELECT create_distributed_table('call_log', 'business_id', colocate_with => 'none')",
                 "is not colocated")):
            if "create" in change:
                session.rows("SELECT undistribute_table('call_log')" if "none" in change else "SELECT 1")
                session.rows("ALTER TABLE call_log DROP CONSTRAINT IF EXISTS call_log_pkey")
            session.rows(change)
            code, found, hint = refusal(session, "SELECT FROM export_leads_setup(keep_history => true)")
            expect((code, message in found, bool(hint)), ("55000", True, True), found)
        session.rows("SELECT undistribute_table('call_log')")
        session.rows("ALTER TABLE call_log ADD PRIMARY KEY (business_id, id)")
        session.rows("SELECT create_distributed_table('call_log', 'business_id', colocate_with => 'leads')")
        expect(session.rows("SELECT count(*) FROM pg_policy"), before, "policies")
        session.rows("SELECT FROM export_leads_setup(keep_history => true)")


def undone(cluster):
    """What is rolled back is told to nobody; and what is told is right when two change something at once."""
    owner = cluster.owner_of(7)
    with cluster.coordinator.session() as session, cluster.coordinator.session() as other:
        session.rows("CREATE ROLE site_two LOGIN")
        session.rows("SELECT FROM export_leads_setup(grants_required => true)")
        session.rows("SELECT export_leads_allow('site_two')")
        session.rows("BEGIN; SELECT export_leads_grant('site_two', 7); ROLLBACK")
        with owner.session(user="site_two") as asking:
            expect(asking.sqlstate(asking.rows, "SELECT export_leads_csv(7, 'new')"), "42501", "after a rollback")
            session.rows("SELECT export_leads_grant('site_two', 7)")
            expect(asking.sqlstate(asking.rows, "SELECT export_leads_csv(7, 'new')"), "00000", "after a grant")
            session.rows("BEGIN; SELECT export_leads_revoke('site_two', 7)")
            waiting = threading.Thread(target=other.rows, args=("SELECT export_leads_grant('site_two', 8)",))
            waiting.start()
            session.rows("COMMIT")
            waiting.join()
            expect(asking.sqlstate(asking.rows, "SELECT export_leads_csv(7, 'new')"), "42501", "after a revoke")
        session.rows("BEGIN; SELECT FROM export_leads_setup(grants_required => false); ROLLBACK")
        check_finds_nothing(cluster)
        session.rows("SELECT FROM export_leads_setup(grants_required => false)")
        session.rows("SELECT export_leads_forbid('site_two')")


def distributed_anew(cluster):
    """Other shards, by alter_distributed_table(), of which Citus does not tell the workers all."""
    expected = files_of_all(cluster.coordinator)
    with cluster.coordinator.session() as session:
        session.rows("SELECT alter_distributed_table('leads', shard_count => 12, cascade_to_colocated => true)")
        session.rows("SET citus.enable_ddl_propagation = off; SELECT FROM export_leads_setup()")
        expect(session.rows(ERRORS), [], "the check")
    for node in cluster.nodes:
        expect(files_of_all(node), expected, f"files from port {node.port}")


def a_new_node(cluster):
    """Its tenants cannot be exported until set-up has run again, which the check says."""
    node = cluster.add_node("worker_3")
    with cluster.coordinator.session() as session:
        expect(session.rows(ERRORS), [("node_differs", f"node 127.0.0.1:{node.port}")], "the check")
    cluster.move(7, node)
    with cluster.coordinator.session() as session:
        expect(session.sqlstate(session.rows, "SELECT export_leads_csv(7, 'new')"), "55000", "an export from it")
        session.rows("SELECT FROM export_leads_setup()")
        expect(session.rows(ERRORS), [], "the check after set-up")
    expected = files_of_all(cluster.coordinator)
    for asked in (node, *cluster.workers):
        expect(files_of_all(asked, "crm_app"), expected, f"files from port {asked.port}")


def teardown(cluster):
    """Nothing stays, on no node. The reader is also that of the other database on the coordinator."""
    with cluster.coordinator.session("plain") as plain, cluster.coordinator.session() as session:
        plain.rows("SELECT FROM export_leads_teardown()")
        session.rows("SELECT FROM export_leads_teardown()")
    left = {}
    for node in cluster.nodes:
        with node.session() as session:
            left[node.port] = session.rows("""
                SELECT 'policy ' || polname FROM pg_policy WHERE polname ~ '^export_leads'
                                                             AND polrelid::regclass::text !~ 'export_leads'
                UNION ALL SELECT 'role' FROM pg_roles WHERE rolname = 'export_leads_reader'
                UNION ALL SELECT 'row security on ' || relname FROM pg_class
                          WHERE relrowsecurity AND relname ~ '^(leads|call_log|lead_statuses)'
                UNION ALL SELECT 'configuration' FROM export_leads_configuration""")
    expect(json.dumps(left), json.dumps({node.port: [] for node in cluster.nodes}), "what is left")
    with cluster.coordinator.session("plain") as plain, cluster.coordinator.session() as session:
        session.rows("SELECT FROM export_leads_setup(keep_history => true)")
        plain.rows("SELECT FROM export_leads_setup(keep_history => true)")


def make_checks(checks, cluster):
    for name, action in (
            ("the check finds nothing on any node", check_finds_nothing),
            ("a second set-up has nothing to do", again),
            ("what is changed on the coordinator holds on each node", changes_are_told),
            ("a node with another set-up is refused and found", a_node_that_differs),
            ("a worker refuses what belongs on the coordinator", only_on_the_coordinator),
            ("kept files are on the coordinator", history),
            ("statuses may be a reference table", statuses_for_all),
            ("what cannot work is refused, with a hint", refused),
            ("what is undone is not told", undone),
            ("tables may be distributed anew", distributed_anew),
            ("teardown leaves nothing on any node", teardown),
            ("a node that was added is set up by running set-up again", a_new_node)):
        checks.check(name, action, cluster)
