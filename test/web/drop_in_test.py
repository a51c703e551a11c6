"""What an application that takes the endpoint relies on: the language, and the lines of web/README.md."""

import ast
import csv
import io
import os
import re
import subprocess
import sys
import types
import unittest
from pathlib import Path
from unittest import mock

import flask
import psycopg2

from application import Application, authentication, engine_for
from demo import COLUMNS, COUNT, EXPORT, HISTORY, PAGE, SCHEDULES, between, database, exported, one
from web.api import leads_export, leads_history, leads_schedules, leads_stream

AVAILABLE = "export_leads.export_leads_available_columns()"
FILE = "export_leads_file(text, text, text, text[], text, text)"


def readme_code(language="python"):
    readme = Path("web/README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)


class DropInTest(unittest.TestCase):
    def test_the_endpoint_is_written_for_python_3_8(self):
        for file in Path("web/api").glob("*.py"):
            ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))

    def test_the_modules_work_beside_an_application_s_own_in_a_package_or_not(self):
        for module in ("leads_history", "leads_schedules"):
            for name, folder in ((module, "web/api"), (f"web.api.{module}", ".")):
                subprocess.run([sys.executable, "-B", "-c", f"import {name}"], check=True,
                               env={"PYTHONPATH": folder, "PATH": os.environ["PATH"]})

    def export_through_the_lines(self, database_name):
        """The answer of an application that the README's lines have put the endpoint into."""
        return self.application_of_the_lines(database_name).test_client().get(f"{EXPORT}?status_id=new")

    def application_of_the_lines(self, database_name="crm_web", pages=("calls_outbound",), block=0):
        """An application that the README's lines have put the endpoint into, for a business that has these pages."""
        lines = readme_code()[block]
        self.assertLessEqual(len([line for line in lines.splitlines() if line]), 10 if block == 0 else 12)

        def require_page_access(page):
            def decorate(view):
                def guarded(**place):
                    flask.session["user"] = {"role": "owner", "name": "דנה"}
                    # as in an application, where it stands inside of the one that says who asks
                    is_allowed = flask.g.tenant == 7 and page in pages
                    return view(**place) if is_allowed else (flask.jsonify(error="אין גישה"), 403)
                return guarded
            return decorate

        application = types.ModuleType("application")
        application.app = flask.Flask("application")
        application.app.secret_key = "secret"
        application.db = types.SimpleNamespace(engine=engine_for(self, database_name))
        application.require_api_auth = authentication(7)
        application.require_page_access = require_page_access
        with mock.patch.dict("sys.modules", application=application, leads_export=leads_export,
                             leads_history=leads_history, leads_schedules=leads_schedules):
            exec(lines, {})
        return application.app

    def test_the_demonstration_is_set_up_by_the_same_lines(self):
        lines, *_ = readme_code("sql")
        self.assertIn(lines.replace("crm_app", "crm_web"), Path("web/demo/crm.sql").read_text(encoding="utf-8"))

    def test_ten_lines_put_it_into_an_application(self):
        answer = self.export_through_the_lines("crm_web")
        self.assertEqual((answer.status_code, answer.data), (200, exported(database(), 7, "new")))

    def test_the_lines_keep_every_decorator_of_the_old_view_on_all_addresses(self):
        for pages, status in ((["calls_outbound"], 200), (["crm_leads"], 403)):
            client = self.application_of_the_lines(pages=pages).test_client()
            for address in (f"{EXPORT}?status_id=new", f"{COUNT}?status_id=new", COLUMNS):
                self.assertEqual(client.get(address).status_code, status)

    def test_the_lines_on_past_exports_put_them_and_schedules_behind_every_decorator(self):
        for pages, status in ((["calls_outbound"], 200), (["crm_leads"], 403)):
            client = self.application_of_the_lines(pages=pages, block=2).test_client()
            answer = client.get(f"{EXPORT}?status_id=new", headers=PAGE)
            self.assertEqual(answer.status_code, status)
            for address in (HISTORY, SCHEDULES):
                self.assertEqual(client.get(address).status_code, status)
            self.assertEqual(client.delete(f"{HISTORY}/x", headers=PAGE).status_code, 404 if status == 200 else 403)
            if status == 200:
                newest = client.get(HISTORY).json["exports"][0]
                self.assertEqual((newest["requested_by"], answer.headers["Content-Location"]),
                                 ("דנה", f"{HISTORY}/{newest['id']}"))

    def test_a_connection_of_the_session_s_tenant_is_made_by_the_lines_for_it(self):
        _, lines, *_ = readme_code()
        names = {"db": types.SimpleNamespace(engine=engine_for(self)), "g": types.SimpleNamespace(tenant=7)}
        exec(lines, names)
        file = exported(database(), 7, "new")
        required = "session_setting => 'app.tenant_id', session_required => true"
        with between(database(), f"SELECT * FROM export_leads.export_leads_setup({required})",
                     "SELECT * FROM export_leads.export_leads_setup(session_setting => '', session_required => false)"):
            with self.assertLogs(leads_export.LOG, "ERROR"):
                self.assertEqual(Application(engine_for(self)).ask().status_code, 403)
            answer = Application(engine_for(self), connect=names["connect_as_tenant"]).ask()
            self.assertEqual((answer.status_code, answer.data), (200, file))
            names["g"].tenant = 13
            with self.assertLogs(leads_export.LOG, "ERROR"):
                self.assertEqual(Application(engine_for(self), connect=names["connect_as_tenant"]).ask().status_code,
                                 403)

    def test_a_database_that_cannot_be_reached_is_500(self):
        with self.assertLogs(leads_export.LOG, "ERROR") as logged:
            answer = self.export_through_the_lines("missing")
        self.assertEqual((answer.status_code, list(answer.json)), (500, ["error"]))
        self.assertEqual(logged.output, [f"ERROR:{leads_export.__name__}:"
                                         "the export of leads failed: OperationalError, SQLSTATE none; the connection"
                                         " was lost, or there is no database to connect to"])

    def test_the_extension_may_be_in_a_schema_of_any_name(self):
        for schema in ('Odd "name"', "50%s %(status)s", "a :status b::c", "\\:status", "it's {schema}; --", "עברית"):
            name = '"' + schema.replace('"', '""') + '"'
            with self.subTest(schema=schema), between(
                    database(), f"""
                        CREATE SCHEMA {name} AUTHORIZATION crm_web;
                        CREATE FUNCTION {name}.{FILE}
                        RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
                        LANGUAGE sql AS $$ SELECT 'a.csv', 'text/csv', bigint '1', bytea 'found' $$;
                        CREATE FUNCTION {name}.export_leads_count(text, text, text, text)
                        RETURNS bigint LANGUAGE sql AS 'SELECT 42';
                        CREATE FUNCTION {name}.export_leads_available_columns(OUT name text, OUT header text)
                        RETURNS SETOF record LANGUAGE sql AS $$ VALUES ('n', 'h') $$""",
                    f"DROP SCHEMA {name} CASCADE"):
                application = Application(engine_for(self), schema=schema)
                answer = application.ask()
                self.assertEqual((answer.status_code, answer.data), (200, b"found"))
                self.assertEqual(application.ask(address=COUNT).json, {"count": 42})
                self.assertEqual(application.ask(address=COLUMNS, status_id=None).json,
                                 {"columns": [{"name": "n", "header": "h"}]})

    def test_the_database_is_told_for_whom_it_exports(self):
        told = "current_setting('export_leads.requested_by', true) || left(lead.source, 0)"
        engine = engine_for(self)
        with between(database(), f"SELECT export_leads.export_leads_add_column('own', $sql${told}$sql$)",
                     "SELECT export_leads.export_leads_remove_column('own')"):
            for user in ('דנה "ה"', "100%(x)s :y", "a\0b", 7):
                answer = Application(engine, current_user=lambda user=user: user).ask(columns="own")
                records = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
                self.assertEqual((answer.status_code, records[1]), (200, [str(user).replace("\0", "")]))
            # The next transaction of the same connection is nobody's.
            self.assertIn(b'own\r\n""\r\n', Application(engine).ask(columns="own").data)

    def test_no_search_path_decides_what_is_called(self):
        decoys = """
            CREATE SCHEMA decoy AUTHORIZATION crm_web;
            CREATE DOMAIN decoy.text AS pg_catalog.text CHECK (VALUE IS NULL);
            CREATE DOMAIN decoy.timestamptz AS pg_catalog.timestamptz CHECK (VALUE IS NOT NULL);
            CREATE FUNCTION decoy.octet_length(bytea) RETURNS int LANGUAGE sql AS 'SELECT 0';
            CREATE FUNCTION decoy.substr(bytea, int, int) RETURNS bytea LANGUAGE sql AS $$SELECT bytea 'decoy'$$;
            CREATE FUNCTION decoy.generate_series(int, int, int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 2';
            CREATE FUNCTION decoy.export_leads_file(
                pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text[], pg_catalog.timestamptz,
                pg_catalog.timestamptz)
            RETURNS TABLE (filename pg_catalog.text, content_type pg_catalog.text, lead_count bigint, body bytea)
            LANGUAGE sql AS $$ SELECT 'a.csv', 'text/csv', bigint '1', bytea 'decoy' $$;
            CREATE FUNCTION decoy.export_leads_count(
                pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.text)
            RETURNS bigint LANGUAGE sql AS 'SELECT -1';
            CREATE FUNCTION decoy.export_leads_available_columns(OUT name pg_catalog.text, OUT header pg_catalog.text)
            RETURNS SETOF record LANGUAGE sql AS $$ VALUES ('decoy', 'decoy') $$;
            CREATE DOMAIN decoy.uuid AS pg_catalog.uuid CHECK (VALUE IS NULL);
            CREATE DOMAIN decoy.int4 AS pg_catalog.int4 CHECK (VALUE IS NULL);
            CREATE FUNCTION decoy.export_leads_history(
                pg_catalog.text, pg_catalog.text DEFAULT NULL, pg_catalog.timestamptz DEFAULT NULL,
                max_rows pg_catalog.int4 DEFAULT 50, export_id pg_catalog.uuid DEFAULT NULL)
            RETURNS TABLE (kept_id pg_catalog.uuid) LANGUAGE sql AS 'SELECT NULL::pg_catalog.uuid';
            CREATE FUNCTION decoy.equal_id(pg_catalog.uuid, pg_catalog.uuid) RETURNS bool LANGUAGE sql
            AS 'SELECT false';
            CREATE OPERATOR decoy.= (
                LEFTARG = pg_catalog.uuid, RIGHTARG = pg_catalog.uuid, FUNCTION = decoy.equal_id);
            CREATE FUNCTION decoy.quote_ident(name) RETURNS pg_catalog.text LANGUAGE sql AS $$ SELECT 'decoy' $$;
            CREATE FUNCTION decoy.quote_literal(name) RETURNS pg_catalog.text LANGUAGE sql AS $$ SELECT 'decoy' $$;
            CREATE FUNCTION decoy.current_database() RETURNS name LANGUAGE sql AS $$ SELECT name 'decoy' $$;
            CREATE FUNCTION decoy.equal(name, name) RETURNS bool LANGUAGE sql AS 'SELECT false';
            CREATE OPERATOR decoy.= (LEFTARG = name, RIGHTARG = name, FUNCTION = decoy.equal);
            CREATE TABLE decoy.pg_extension (extname name, extnamespace oid);
            CREATE TABLE decoy.pg_namespace (oid oid, nspname name);
            CREATE TABLE decoy.pg_database (datname name);
            GRANT SELECT ON ALL TABLES IN SCHEMA decoy TO crm_web;
            ALTER ROLE crm_web SET search_path = decoy, pg_catalog"""
        with between(database(), decoys, "ALTER ROLE crm_web RESET search_path; DROP SCHEMA decoy CASCADE"):
            application = Application(engine_for(self))
            answer = application.ask(status_id="closed_won", columns="phone")
            count = application.ask(address=COUNT, status_id="closed_won")
            columns = application.ask(address=COLUMNS, status_id=None)
            kept = Application(application.engine, keep=leads_history.KeptExports).ask(
                status_id="closed_won", columns="phone", headers=PAGE)
            again = application.call("GET", kept.headers["Content-Location"])
            listed = application.call("GET", HISTORY, status="closed_won").json["exports"]
            made = application.call("POST", SCHEDULES, {"status": "new", "at": "08:00"})
            schedules = application.call("GET", SCHEDULES).json["schedules"]
            gone = [application.call("DELETE", f"{address}/{one_of['id']}").status_code
                    for address, one_of in ((SCHEDULES, made.json), (HISTORY, listed[0]))]
            with between(database(), "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
                         "ALTER TABLE leads ENABLE ROW LEVEL SECURITY"), \
                    self.assertLogs(leads_export.LOG, "ERROR") as logged:
                application.ask()
            with between(database(), f"REVOKE EXECUTE ON FUNCTION {AVAILABLE} FROM crm_web",
                         f"GRANT EXECUTE ON FUNCTION {AVAILABLE} TO crm_web"), \
                    self.assertLogs(leads_export.LOG, "ERROR") as denied:
                application.ask(address=COLUMNS, status_id=None)
        self.assertEqual(str(count.json["count"]), answer.headers["X-Lead-Count"])
        self.assertEqual(columns.json["columns"][0]["name"], "status_id")
        self.assertIn("run SELECT * FROM export_leads.export_leads_check()", logged.output[0])
        self.assertIn("run SELECT export_leads.export_leads_allow('crm_web')", denied.output[0])
        expected = one(database(), "SELECT export_leads.export_leads_csv(7, 'closed_won', '{phone}')").encode()
        self.assertEqual((answer.status_code, answer.data), (200, expected))
        self.assertEqual((kept.data, again.data, listed[0]["bytes"]), (expected, expected, len(expected)))
        self.assertEqual((made.json["id"], gone), (schedules[-1]["id"], [200, 200]))

    def stream_through_the_lines(self, status):
        """The answer, and the connection that it comes over."""
        *_, lines = readme_code()
        names = {}
        with mock.patch.dict("sys.modules", leads_stream=leads_stream):
            exec(lines, names)
        connection = psycopg2.connect(dbname="crm_web")
        self.addCleanup(connection.close)
        with flask.Flask("application").test_request_context():
            return names["stream_column"](connection, 7, status), connection

    def test_the_lines_on_streaming_give_the_same_bytes_and_free_the_connection_before(self):
        response, connection = self.stream_through_the_lines("new")
        self.assertTrue(connection.closed)
        self.assertEqual(response.headers["Content-Type"], "text/csv; charset=utf-8")
        file = exported(database(), 7, "new")
        self.assertEqual(response.content_length, len(file))
        response.direct_passthrough = False
        self.assertEqual(response.get_data(), file)
        response.close()

    def test_an_error_comes_before_the_stream_begins(self):
        with self.assertRaises(psycopg2.DataError) as raised:
            self.stream_through_the_lines("a b")
        self.assertEqual(raised.exception.pgcode, "22023")
