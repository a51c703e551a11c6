"""Whose fault a failure is: what the caller can mend is answered so, and everything else is logged, without data."""

import itertools
import unittest
import uuid
from unittest import mock

import psycopg2
from sqlalchemy.exc import SQLAlchemyError

from application import Application, engine_for
from demo import COLUMNS, COUNT, EXPORT, HEBREW, between, database
from web.api import leads_export

RAISE = """
    CREATE FUNCTION public.fail(state text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN RAISE EXCEPTION 'SECRET' USING ERRCODE = state, HINT = E'mend\\nit'; END $$"""
SAY = """
    CREATE FUNCTION public.say(said text, state text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN RAISE EXCEPTION USING MESSAGE = said, ERRCODE = state, HINT = said; END $$"""


class RefusalTest(unittest.TestCase):
    def setUp(self):
        self.application = Application(engine_for(self))

    def assert_refused(self, answer, status, sqlstate=None):
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (status, "no-store"), answer.data)
        self.assertLessEqual(set(answer.json), {"error", "detail"} if status in (400, 403) else {"error"})
        if status != 400:
            _, message = leads_export.STATUSES.get(sqlstate, (500, None))
            self.assertEqual(answer.json["error"], message if status != 500 else leads_export.MESSAGES[500])

    def assert_the_caller_s(self, **query):
        """It is refused without a log, by each address that is asked so; returns what is said."""
        said = set()
        for method, address in (("GET", EXPORT), ("GET", COUNT), ("HEAD", EXPORT)):
            if address == EXPORT or not set(query) & {"columns", "format"}:
                with self.subTest(query, method=method, address=address), self.assertNoLogs(leads_export.LOG, "INFO"):
                    answer = self.application.ask(method, address, **query)
                    self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (400, "no-store"))
                    if method == "GET":
                        said.add((answer.json["error"], answer.json.get("detail")))
        (error, detail), = said
        return error, detail

    def assert_logged(self, application, status, remark, **query):
        """It is refused with that status, and logged with the remark and nothing of the leads."""
        with self.subTest(query), self.assertLogs(leads_export.LOG, "INFO") as logged:
            answer = application.ask(**query)
            self.assert_refused(answer, status, remark[:5])
        error = r"ERROR:web\.api\.leads_export:the export of leads failed: \w+, SQLSTATE "
        self.assertRegex("\n".join(logged.output), rf"\A{error}{remark}\Z")
        return answer.json

    def own_column(self, expression):
        """Exports have a column `own` of that expression."""
        return between(database(), f"SELECT export_leads.export_leads_add_column('own', $sql${expression}$sql$)",
                       "SELECT export_leads.export_leads_remove_column('own')")

    def test_each_thing_that_the_caller_does_wrong_is_400_and_says_which_it_is(self):
        columns = "The columns are: status_id, status_name, lead_id, "
        for query, word, detail in (
                ({"status_id": None}, "status_id", None),
                ({"status_id": ""}, "status_id", None),
                ({"status_id": " \t"}, "status_id", None),
                ({"status_id": "a b"}, "הסטטוס", 'status must hold letters a-z, digits, "_" and "-" only. Give the'),
                ({"status_id": "חדש"}, "הסטטוס", 'status must hold letters a-z, digits, "_" and "-" only. Give the'),
                ({"status_id": "a" * 65}, "הסטטוס", "status must not be longer than 64 characters"),
                ({"format": "pdf"}, "סוג הקובץ", "unknown export format. The formats are: csv, xlsx."),
                ({"columns": "phone,password"}, '"password"', f'unknown column "password". {columns}'),
                ({"columns": "phone, email"}, '" email"', f'unknown column " email". {columns}'),
                ({"columns": 'a"b\n"'}, '"a"b\n""', f'unknown column "a"b\n"". {columns}'),
                ({"columns": "phone,"}, '""', f'unknown column "". {columns}'),
                ({"columns": "own,phone,own"}, '"own"', f'column "own" is given twice. {columns}'),
                ({"columns": ""}, "לא נבחרו", f"columns must not be empty. {columns}"),
                ({"created_from": "yesteryear"}, '"created_from"', None),
                ({"created_to": "05/12/2025"}, '"created_to"', None),
                ({"created_from": "2025-02-01", "created_to": "2025-01-31"}, "הטווח", None),
                ({"creaetd_from": "2025-02-01"}, '"creaetd_from"', None),
                ({"status_id": ["new", "new"]}, '"status_id"', None),
                ({"status_id": "new\0"}, '"status_id"', None)):
            with self.own_column("1 / (lead.id - lead.id)"):  # what else is wrong changes nothing
                error, found = self.assert_the_caller_s(**query)
                if "columns" not in query:
                    self.assertEqual(self.assert_the_caller_s(**{"columns": "own", **query})[0], error)
            self.assertIn(word, error)
            self.assertRegex(error, HEBREW)
            if detail:
                self.assertTrue(found.startswith(detail), found)
            else:
                self.assertIsNone(found)

    def test_the_detail_of_what_the_caller_does_wrong_can_be_logged_for_developers(self):
        with self.assertLogs(leads_export.LOG, "DEBUG") as logged:
            self.application.ask(columns="a\nERROR:forged")
        line, = logged.output
        self.assertTrue(line.startswith(f"DEBUG:{leads_export.__name__}:"), line)
        self.assertIn(r'unknown column "a\nERROR:forged"', line)

    def test_blanks_around_a_status_and_the_case_of_a_format_do_not_matter(self):
        plain = self.application.ask()
        for query in ({"status_id": " new "}, {"format": "CSV"}, {"format": " csv\t"}, {"format": ""}):
            answer = self.application.ask(**query)
            self.assertEqual((answer.status_code, answer.data), (200, plain.data))
        self.assertTrue(self.application.ask(format="Xlsx").data.startswith(b"PK"))

    def test_another_tenant_than_the_session_s_is_409_before_the_database_is_asked(self):
        connect = mock.Mock()
        for method, address in itertools.product(("GET", "HEAD"), (EXPORT, COUNT, COLUMNS)):
            answer = Application(mock.Mock(connect=connect)).ask(method, address, status_id=None, tenant=13)
            self.assertEqual(answer.status_code, 409)
        connect.assert_not_called()

    def test_a_tenant_may_be_of_any_type(self):
        tenant = uuid.uuid4()
        application = Application(engine_for(self), tenant)
        self.assertEqual(application.ask(tenant=uuid.uuid4()).status_code, 409)
        self.assertEqual(application.ask(tenant=tenant).status_code, 400)  # the demonstration's tenants are numbers

    def test_a_tenant_that_cannot_be_read_is_400(self):
        for tenant, detail in (("seven", 'invalid input syntax for type integer: "seven"'),
                               ("7 (a+", 'invalid input syntax for type integer: "7 (a+"'),
                               (10 ** 12, 'value "1000000000000" is out of range for type integer')):
            self.application = Application(engine_for(self), tenant)
            self.assertEqual(self.assert_the_caller_s(), (leads_export.UNREADABLE_TENANT, detail))

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

    def test_what_a_column_s_function_raises_is_logged_without_its_words(self):
        for sqlstate, status in {"22023": 500, "42501": 500, "P0001": 500, "40001": 503, "40P01": 503, "55P03": 503,
                                 "57014": 503, "54000": 413}.items():
            with between(database(), SAY, "DROP FUNCTION public.say"), \
                    self.own_column(f"public.say(lead.id::text, '{sqlstate}')"):
                remedy = {"42501": "; run .*", "57014": "; statement_timeout .*"}.get(sqlstate, "")
                self.assert_logged(self.application, status, sqlstate + remedy, columns="own")

    def test_nothing_that_the_site_s_own_code_says_is_told_to_the_user(self):
        with between(database(), RAISE, "DROP FUNCTION public.fail"):
            # fails while the export is planned, and so in the rehearsal, too
            for sqlstate, status in {"22023": 500, "22P02": 500, "42501": 403}.items():
                with self.own_column(f"public.fail('{sqlstate}')"):
                    answer = self.assert_logged(self.application, status, rf"{sqlstate}(?:; run .*)?", columns="own")
                    self.assertEqual(list(answer), ["error"])
                    with self.assertLogs(leads_export.LOG):
                        self.assertEqual(self.application.ask("HEAD", columns="own").status_code, status)

    def test_the_extension_s_words_from_code_of_the_site_s_own_are_not_told_either(self):
        with between(database(), SAY, "DROP FUNCTION public.say"):
            for said, sqlstate, status in (('unknown column "SECRET"', "22023", 500),
                                           ("permission denied for this tenant", "42501", 403),
                                           ("permission denied for function secret", "42501", 403)):
                with self.own_column(f"public.say('{said}', '{sqlstate}')"):  # fails in the rehearsal, too
                    answer = self.assert_logged(self.application, status, f"{sqlstate}.*", columns="own")
                    self.assertEqual(list(answer), ["error"])

    def test_what_a_lead_makes_the_site_s_own_code_say_is_no_detail_even_in_the_extension_s_words(self):
        for message, sqlstate in (("unknown column \"' || lead.notes || '\"", "22023"),
                                  ("permission denied for this tenant", "42501"),
                                  ("invalid input syntax for type integer: \"7\"", "22P02")):
            with between(database(), SAY, "DROP FUNCTION public.say"), \
                    self.own_column(f"public.say('{message}', '{sqlstate}' || left(lead.source, 0))"):
                answer = self.assert_logged(self.application, 500, f"{sqlstate}.*", columns="own")
                self.assertEqual(answer, {"error": leads_export.MESSAGES[500]})

    def test_a_policy_of_the_site_s_own_that_fails_for_a_lead_is_500(self):
        policy = "CREATE POLICY strange ON leads AS RESTRICTIVE USING (notes::int > 0)"
        accept = "SELECT count(*) FROM export_leads.export_leads_setup(accepted_policies => '{%s}')"
        with between(database(), f"{policy}; {accept % 'strange'}", f"{accept % ''}; DROP POLICY strange ON leads"):
            for address in (EXPORT, COUNT):
                self.assert_logged(self.application, 500, "22P02", address=address)

    def test_where_the_request_cannot_be_judged_the_caller_is_not_blamed(self):
        with self.own_column("lead.notes::int"), mock.patch.object(
                leads_export.LeadExports, "rehearse", side_effect=SQLAlchemyError()):
            self.assert_logged(self.application, 500, "22P02", columns="own")

    def test_an_export_that_takes_too_long_is_503(self):
        with self.own_column("pg_sleep(30)::text || lead.id"):
            self.assert_logged(Application(engine_for(self, statement_timeout=200)), 503, "57014; statement_timeout .*",
                               columns="own")

    def test_an_export_that_waits_too_long_is_503(self):
        blocker = database()
        with between(blocker, "BEGIN; LOCK TABLE leads", "COMMIT"):
            self.assert_logged(Application(engine_for(self, lock_timeout=200)), 503, "55P03")

    def test_an_export_that_meets_a_change_is_503_and_says_so(self):
        for sqlstate in ("40001", "40P01"):
            with between(database(), RAISE, "DROP FUNCTION public.fail"), \
                    self.own_column(f"public.fail('{sqlstate}')"):
                answer = self.assert_logged(self.application, 503, f"{sqlstate}.*", columns="own")
                self.assertEqual(answer, {"error": leads_export.CHANGED})

    def test_each_cause_has_words_of_its_own(self):
        words = {message for _, message in leads_export.CAUSES} | {leads_export.UNREADABLE_TENANT}
        self.assertEqual(len(words), len(leads_export.CAUSES) + 1)
        server = {message for _, message in leads_export.STATUSES.values() if message}
        self.assertEqual(len(server), 5)  # no right, too large, changed, locked, too slow

    def test_a_database_role_without_the_grants_is_403_and_the_log_says_how_to_allow_it(self):
        for what in ("USAGE ON SCHEMA export_leads", "EXECUTE ON FUNCTION export_leads.export_leads_file"
                     "(text, text, text, text[], export_leads.export_leads_time_bound,"
                     " export_leads.export_leads_time_bound)"):
            with between(database(), f"REVOKE {what} FROM crm_web", f"GRANT {what} TO crm_web"):
                answer = self.assert_logged(self.application, 403,
                                            r"42501; run SELECT export_leads\.export_leads_allow\('crm_web'\)")
                self.assertRegex(answer["detail"], r"^permission denied for (schema|function) export_leads\w*$")

    def test_a_function_or_schema_that_is_missing_is_500_and_the_log_says_how_to_find_the_extension(self):
        where = r"; see where the extension is: SELECT .* CREATE EXTENSION export_leads or ALTER .* UPDATE"
        for schema, sqlstate in (("public", "42883, hint 'No function matches.*'"), ("nowhere", "3F000")):
            for address in (EXPORT, COUNT, COLUMNS):
                application = Application(engine_for(self), schema=schema)
                status_id = None if address == COLUMNS else "new"
                self.assert_logged(application, 500, sqlstate + where, address=address, status_id=status_id)

    def test_a_set_up_that_is_broken_is_500_and_the_log_says_how_to_check_it(self):
        with between(database(), "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
                     "ALTER TABLE leads ENABLE ROW LEVEL SECURITY"):
            for address in (EXPORT, COUNT):
                self.assert_logged(self.application, 500, r"55000, hint .*; run SELECT \* FROM "
                                   r"export_leads\.export_leads_check\(\)", address=address)
            self.assert_logged(Application(engine_for(self), schema="export_leads"), 500,
                               r'55000, hint .*; run SELECT \* FROM "export_leads"\.export_leads_check\(\)')

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
                               r'55000, hint .*; run .*"else where"\.export_leads_check.*')

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
