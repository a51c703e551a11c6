"""The tenant on the connection: for sites whose lock or whose own policies read it, also where transactions of several
clients share one connection of the real pgbouncer."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
import types
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy
from sqlalchemy.pool import NullPool

from application import Application, engine_for
from demo import COUNT, EXPORT, PAGE, between, database, exported, leads_of
from drop_in_test import readme_code
from web.api import leads_export, leads_history

SET_UP = "SELECT count(*) FROM export_leads.export_leads_setup({})"
LOCKED = SET_UP.format("session_setting => 'app.tenant_id', session_required => true")
UNLOCKED = SET_UP.format("session_setting => '', session_required => false")
POLICY = "CREATE POLICY site ON leads AS RESTRICTIVE USING (tenant_id = current_setting('app.tenant_id')::int)"
ACCEPTED = SET_UP.format("accepted_policies => '{site}', mutable_policies => '{site}'")
REFUSED = SET_UP.format("accepted_policies => '{}', mutable_policies => '{}'")


@contextlib.contextmanager
def pgbouncer(pool_mode):
    """A pgbouncer with one connection to the server, and the folder of its socket. It refuses to run as root, as this
    suite does, too."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "users").write_text('"crm_web" ""\n')
        Path(folder, "ini").write_text(f"""
            [databases]
            crm_web = host={os.environ['PGHOST']} port={os.environ['PGPORT']} dbname=crm_web
            [pgbouncer]
            listen_addr =
            unix_socket_dir = {folder}
            auth_type = trust
            auth_file = {folder}/users
            pool_mode = {pool_mode}
            default_pool_size = 1
            max_client_conn = 100
            """.replace("            ", ""))
        with open(Path(folder, "log"), "w+") as log:
            process = subprocess.Popen(["/usr/sbin/pgbouncer", f"{folder}/ini"], stdout=log, stderr=log)
            try:
                wait_for(folder, process, log)
                yield folder
            finally:
                process.kill()  # newer versions wait for their clients at SIGTERM
                process.wait()


def wait_for(folder, process, log):
    deadline = time.monotonic() + 20
    while not Path(folder, ".s.PGSQL.6432").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"pgbouncer did not start: {log.read()}")
        time.sleep(0.05)


def connect_as(engine, tenant):
    """What web/README.md gives the endpoint as `connect`."""
    _, lines, *_ = readme_code()
    names = {"db": types.SimpleNamespace(engine=engine), "g": types.SimpleNamespace(tenant=tenant)}
    exec(lines, names)
    return names["connect_as_tenant"]


class PoolerTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.files = {tenant: exported(self.cursor, tenant, "new") for tenant in (7, 13)}

    def pooled(self, pool_mode="transaction"):
        """An engine whose every connection is a client of its own."""
        folder = self.enterContext(pgbouncer(pool_mode))
        return sqlalchemy.create_engine("postgresql+psycopg2://crm_web@/crm_web", poolclass=NullPool,
                                        connect_args={"host": folder, "port": 6432})

    def assert_exported(self, application, tenant):
        answer = application.ask(tenant=tenant)
        self.assertEqual((answer.status_code, answer.data), (200, self.files[tenant]))

    def assert_refused(self, application):
        for address in (EXPORT, COUNT):
            with self.assertLogs(leads_export.LOG, "ERROR") as logged:
                answer = application.ask(address=address)
            self.assertEqual((answer.status_code, answer.json["error"]), (403, leads_export.MESSAGES[403]))
            self.assertTrue(answer.json["detail"].startswith("permission denied for this tenant. The session"))
            self.assertNotIn("export_leads_allow", "".join(logged.output))

    def test_a_lock_on_the_session_s_tenant_takes_the_lines_of_the_document(self):
        engine = engine_for(self)
        with between(self.cursor, LOCKED, UNLOCKED):
            for tenant in (7, 13, 7):
                self.assert_exported(Application(engine, tenant, connect_as(engine, tenant)), tenant)
                self.assert_refused(Application(engine, tenant))
            self.assert_refused(Application(engine, 13, connect_as(engine, 7)))

    def test_two_tenants_take_turns_on_one_connection_of_pgbouncer(self):
        engine = self.pooled()
        with between(self.cursor, LOCKED, UNLOCKED):
            backends = set()
            for tenant in (7, 13, 7, 13):
                self.assert_exported(Application(engine, tenant, connect_as(engine, tenant)), tenant)
                self.assert_refused(Application(engine, tenant))  # sets nothing, and finds nothing set
                self.assert_refused(Application(engine, 20 - tenant, connect_as(engine, tenant)))
                self.cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'crm_web'")
                backends |= set(self.cursor.fetchall())
            self.assertEqual(len(backends), 1)

    def test_two_tenants_at_once_never_meet_on_one_connection_of_pgbouncer(self):
        engine = self.pooled()
        applications = {tenant: Application(engine, tenant, connect_as(engine, tenant)) for tenant in (7, 13)}
        stranger = Application(engine)
        with between(self.cursor, LOCKED, UNLOCKED), self.assertLogs(leads_export.LOG, "ERROR"), \
                ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(lambda tenant: (tenant, applications.get(tenant, stranger).ask()),
                                       [7, 13, None] * 40))
        for tenant, answer in answers:
            if tenant is None:
                self.assertEqual(answer.status_code, 403)
            else:
                self.assertEqual((answer.status_code, answer.data), (200, self.files[tenant]))

    def test_what_a_session_sets_for_itself_is_another_client_s_too_which_no_document_may_suggest(self):
        engine = self.pooled()

        def connect_unsafely():
            connection = engine.connect()
            connection.execute(sqlalchemy.text("SET app.tenant_id = '7'"))
            connection.connection.commit()
            return connection

        with between(self.cursor, LOCKED, UNLOCKED):
            self.assert_exported(Application(engine, 7, connect_unsafely), 7)
            self.assert_exported(Application(engine, 7), 7)  # a client that has set nothing
        for document in [Path("README.md"), *Path("doc").glob("*.md"), *Path("web").glob("*.md")]:
            text = document.read_text(encoding="utf-8")
            self.assertIsNone(re.search(r"\bSET (?:SESSION )?app\.", text), document)
            self.assertIsNone(re.search(r"set_config\('app\.[^)]*false", text), document)

    def test_large_files_hold_the_connection_and_their_tenant_until_they_are_read(self):
        engine = self.pooled()
        with between(self.cursor, LOCKED, UNLOCKED), ThreadPoolExecutor(1) as thread:
            with between(self.cursor, "INSERT INTO leads (tenant_id, status, notes)"
                         " SELECT 7, 'large', repeat('a', 1 << 20) FROM generate_series(1, 5)",
                         "DELETE FROM leads WHERE status = 'large'"):
                large = Application(engine, 7, connect_as(engine, 7)).ask(status_id="large")
                pieces = large.iter_encoded()
                size = len(next(pieces))
                waiting = thread.submit(Application(engine, 13, connect_as(engine, 13)).ask)
                size += sum(len(piece) for piece in pieces)
                self.assertEqual(str(size), large.headers["Content-Length"])
                answer = waiting.result(60)
        self.assertEqual((answer.status_code, answer.data), (200, self.files[13]))

    def test_a_file_that_is_kept_leaves_the_connection_to_others_while_it_is_read(self):
        engine = self.pooled()
        rows = "SELECT md5(n::text) || repeat('a', 1 << 20) FROM generate_series(1, 5) AS n"
        with leads_of(self.cursor, "large", rows), ThreadPoolExecutor(1) as thread:
            file = exported(self.cursor, 7, "large")
            with between(self.cursor, LOCKED, UNLOCKED):
                large = Application(engine, 7, connect_as(engine, 7), leads_history.KeptExports).ask(
                    headers=PAGE, status_id="large")
                pieces = large.iter_encoded()
                body = next(pieces)
                self.assertLess(len(body), len(file))
                other = Application(engine, 13, connect_as(engine, 13))
                for _ in range(2):
                    answer = thread.submit(other.ask).result(60)
                    self.assertEqual((answer.status_code, answer.data), (200, self.files[13]))
                self.assertEqual(body + b"".join(pieces), file)

    def test_statement_mode_cannot_be_used(self):
        with self.assertLogs(leads_export.LOG, "ERROR"):
            self.assertEqual(Application(self.pooled("statement")).ask().status_code, 500)

    def test_a_policy_of_the_site_s_own_that_reads_the_tenant_is_obeyed(self):
        for engine in (engine_for(self), self.pooled()):
            with between(self.cursor, f"{POLICY}; {ACCEPTED}", f"{REFUSED}; DROP POLICY site ON leads"):
                for tenant in (7, 13):
                    self.assert_exported(Application(engine, tenant, connect_as(engine, tenant)), tenant)
                    other = Application(engine, 20 - tenant, connect_as(engine, tenant))
                    self.assertEqual(other.ask(address=COUNT).json, {"count": 0})
                with self.assertLogs(leads_export.LOG, "ERROR"):  # a tenant that is not set is no tenant
                    self.assertEqual(Application(engine).ask().status_code, 500)
