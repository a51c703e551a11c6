"""Whose fault a failure is: what the caller can mend is answered so, and everything else is logged, without data."""

import unittest
import uuid
from unittest import mock

import psycopg2
from sqlalchemy.exc import SQLAlchemyError

from application import Application, engine_for
from demo import between, database
from web.api import leads_export

RAISE = """
    CREATE FUNCTION public.fail(state text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN RAISE EXCEPTION 'SECRET' USING ERRCODE = state, HINT = E'mend\\nit'; END $$"""


class RefusalTest(unittest.TestCase):
    def setUp(self):
        self.application = Application(engine_for(self))

    def assert_refused(self, answer, status):
        self.assertEqual((answer.status_code, list(answer.json)), (status, ["error"]), answer.data)
        self.assertEqual(answer.json["error"], leads_export.MESSAGES[status])

    def assert_the_caller_s(self, **query):
        with self.subTest(query), self.assertNoLogs(leads_export.LOG):
            self.assert_refused(self.application.ask(**query), 400)

    def assert_logged(self, application, status, remark, **query):
        """It is refused with that status, and logged with the remark and nothing of the leads."""
        with self.subTest(query), self.assertLogs(leads_export.LOG, "ERROR") as logged:
            self.assert_refused(application.ask(**query), status)
        error = r"ERROR:web\.api\.leads_export:the export of leads failed: \w+, SQLSTATE "
        self.assertRegex("\n".join(logged.output), rf"\A{error}{remark}\Z")

    def own_column(self, expression):
        """Exports have a column `own` of that expression."""
        return between(database(), f"SELECT export_leads.export_leads_add_column('own', $sql${expression}$sql$)",
                       "SELECT export_leads.export_leads_remove_column('own')")

    def test_what_the_caller_sent_is_400_and_not_logged(self):
        with self.own_column("1 / (lead.id - lead.id)"):
            for query in (
                    {"status_id": "a b"}, {"format": "pdf"}, {"columns": "phone,password"}, {"columns": "own,own"},
                    {"created_from": "yesteryear"}, {"created_to": "yesteryear"}, {"created_from": "2025-13-45"},
                    {"created_to": "2025-01-01 00:00+99"}, {"created_from": "2025-01-01 00:00 Nowhere/Land"},
                    {"created_from": "2025-02-01", "created_to": "2025-01-01"}):
                self.assert_the_caller_s(**query)
                self.assert_the_caller_s(**{"columns": "own", **query})

    def test_another_tenant_than_the_session_s_is_409_before_the_database_is_asked(self):
        connect = mock.Mock()
        for method in ("GET", "HEAD"):
            answer = Application(mock.Mock(connect=connect)).ask(method, tenant=13)
            self.assertEqual(answer.status_code, 409)
        connect.assert_not_called()

    def test_a_tenant_may_be_of_any_type(self):
        tenant = uuid.uuid4()
        application = Application(engine_for(self), tenant)
        self.assertEqual(application.ask(tenant=uuid.uuid4()).status_code, 409)
        self.assert_refused(application.ask(tenant=tenant), 400)  # the demonstration's tenants are numbers

    def test_a_tenant_that_is_none_is_400(self):
        for tenant in ("seven", "7 OR 1=1", 10 ** 12):
            self.application = Application(engine_for(self), tenant)
            self.assert_the_caller_s()

    def test_what_comes_out_of_the_leads_is_500_and_logged_whatever_its_class(self):
        for expression, sqlstate in {
                "1 / (lead.id - lead.id)": "22012",
                "lead.phone_e164::int": "22003",
                "lead.notes::date": "22007",
                "lead.created_at + (lead.id + 300000) * interval '1 year'": "22008",
                "lead.notes::int": "22P02",
                "lead.created_at AT TIME ZONE lead.source": "22023",
        }.items():
            with self.own_column(expression):
                for dates in ({}, {"created_from": "2025-01-01"}, {"created_to": "2026-01-01"},
                              {"created_from": "2025-01-01", "created_to": "2026-01-01"}):
                    self.assert_logged(self.application, 500, sqlstate, columns="own", **dates)

    def test_what_a_column_s_function_raises_is_logged_with_its_hint_on_one_line(self):
        for sqlstate, status in {"22023": 500, "42501": 500, "P0001": 500, "40001": 503, "40P01": 503, "55P03": 503,
                                 "57014": 503, "54000": 413}.items():
            with between(database(), RAISE, "DROP FUNCTION public.fail"), \
                    self.own_column(f"public.fail('{sqlstate}' || left(lead.source, 0))"):
                self.assert_logged(self.application, status, rf"{sqlstate}, hint 'mend\\nit'", columns="own")

    def test_where_the_request_cannot_be_judged_the_caller_is_not_blamed(self):
        with self.own_column("lead.notes::int"), mock.patch.object(
                leads_export.LeadExports, "rehearse", side_effect=SQLAlchemyError()):
            self.assert_logged(self.application, 500, "22P02", columns="own")

    def test_an_export_that_takes_too_long_is_503(self):
        with self.own_column("pg_sleep(30)::text || lead.id"):
            self.assert_logged(Application(engine_for(self, statement_timeout=200)), 503, "57014", columns="own")

    def test_an_export_that_waits_too_long_is_503(self):
        blocker = database()
        with between(blocker, "BEGIN; LOCK TABLE leads", "COMMIT"):
            self.assert_logged(Application(engine_for(self, lock_timeout=200)), 503, "55P03")

    def test_a_database_role_without_the_grants_is_403_and_logged(self):
        for what in ("USAGE ON SCHEMA export_leads", "EXECUTE ON FUNCTION export_leads.export_leads_file"
                     "(text, text, text, text[], export_leads.export_leads_time_bound,"
                     " export_leads.export_leads_time_bound)"):
            with between(database(), f"REVOKE {what} FROM crm_web", f"GRANT {what} TO crm_web"):
                self.assert_logged(self.application, 403, "42501")

    def test_a_schema_without_the_extension_is_500_and_logged_with_the_hint(self):
        self.assert_logged(Application(engine_for(self), schema="public"), 500, "42883, hint 'No function matches.*'")

    def test_the_schema_is_looked_up_where_it_is_not_given(self):
        with between(database(), "CREATE DATABASE crm_elsewhere TEMPLATE template0 ENCODING 'UTF8'",
                     "DROP DATABASE crm_elsewhere WITH (FORCE)"):
            elsewhere = psycopg2.connect(dbname="crm_elsewhere")
            elsewhere.autocommit = True
            elsewhere.cursor().execute("""CREATE SCHEMA "else where"; CREATE EXTENSION export_leads SCHEMA "else where";
                GRANT USAGE ON SCHEMA "else where" TO crm_web;
                GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "else where" TO crm_web""")
            # found, but not set up there
            self.assert_logged(Application(engine_for(self, "crm_elsewhere")), 500,
                               "55000, hint .*export_leads_check.*")

    def test_the_schema_is_looked_up_again_where_the_extension_has_moved(self):
        with between(database(), "CREATE DATABASE crm_elsewhere TEMPLATE template0 ENCODING 'UTF8'",
                     "DROP DATABASE crm_elsewhere WITH (FORCE)"):
            elsewhere = psycopg2.connect(dbname="crm_elsewhere")
            self.addCleanup(elsewhere.close)
            elsewhere.autocommit = True
            application = Application(engine_for(self, "crm_elsewhere"))
            for schema in ("former", "present"):
                elsewhere.cursor().execute(f"""DROP EXTENSION IF EXISTS export_leads; CREATE SCHEMA {schema};
                    CREATE EXTENSION export_leads SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO crm_web;
                    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO crm_web""")
                # found, but not set up there
                self.assert_logged(application, 500, "55000, hint .*export_leads_check.*")
