"""What a page asks before an export: which columns a file can have, and how many leads it would hold."""

import json
import unittest

from application import Application, engine_for
from demo import COLUMNS, COUNT, EXPORT, Client, Demo, between, database, one
from web.api import leads_export

COUNT_FUNCTION = ("export_leads.export_leads_count(text, text, export_leads.export_leads_time_bound,"
                  " export_leads.export_leads_time_bound)")


class ColumnsAndCountTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.application = Application(engine_for(self))

    def own_column(self, expression, header="NULL"):
        return between(self.cursor, f"SELECT export_leads.export_leads_add_column('own', '{expression}', {header})",
                       "SELECT export_leads.export_leads_remove_column('own')")

    def columns(self, **query):
        return self.application.ask(address=COLUMNS, status_id=None, **query)

    def count(self, **query):
        answer = self.application.ask(address=COUNT, **query)
        self.assertEqual((answer.status_code, list(answer.json)), (200, ["count"]), answer.data)
        return answer.json["count"]

    def test_the_columns_are_the_extension_s_in_its_order_with_the_site_s_headers(self):
        with self.own_column("lead.id", "'מספר'"), between(
                self.cursor, "SELECT export_leads.export_leads_set_header('phone', 'טלפון')",
                "SELECT export_leads.export_leads_set_header('phone', NULL)"):
            answer = self.columns()
            self.cursor.execute("SELECT name, header FROM export_leads.export_leads_available_columns()")
            expected = [{"name": name, "header": header} for name, header in self.cursor.fetchall()]
        self.assertEqual((answer.status_code, answer.json), (200, {"columns": expected}))
        self.assertEqual([column["name"] for column in expected][:5],
                         ["status_id", "status_name", "lead_id", "full_name", "phone"])
        self.assertIn({"name": "phone", "header": "טלפון"}, expected)
        self.assertEqual(expected[-1], {"name": "own", "header": "מספר"})

    def test_an_export_takes_the_columns_that_are_offered(self):
        names = [column["name"] for column in self.columns().json["columns"]]
        answer = self.application.ask(columns=",".join(names))
        self.assertEqual(answer.get_data(as_text=True).split("\r\n")[0], "\ufeff" + ",".join(names))

    def test_the_count_is_that_of_the_file(self):
        for query in ({}, {"status_id": "closed_won"}, {"status_id": "follow_up"}, {"status_id": " NEW "},
                      {"created_from": "2025-12-01"}, {"created_from": "2025-12-21", "created_to": "2025-12-22"}):
            with self.subTest(query):
                file = self.application.ask(**query)
                self.assertEqual(str(self.count(**query)), file.headers["X-Lead-Count"])

    def test_each_tenant_s_leads_are_counted_alone(self):
        for tenant in (7, 13):
            self.application = Application(engine_for(self), tenant)
            expected = one(self.cursor, "SELECT count(*) FROM leads WHERE tenant_id = %s AND status = 'new'", tenant)
            self.assertEqual(self.count(tenant=tenant), expected)
            self.assertGreater(expected, 0)

    def test_a_count_takes_an_export_s_parameters_and_makes_no_column(self):
        everything = self.count()
        with self.own_column("1 / (lead.id - lead.id)"):
            for query in ({"columns": "own"}, {"columns": "no such"}, {"format": "xlsx"}, {"format": "pdf"}):
                self.assertEqual(self.count(**query), everything)

    def test_both_are_json_that_nobody_keeps(self):
        for address in (COUNT, COLUMNS):
            answer = self.application.ask(address=address, status_id="new" if address == COUNT else None)
            self.assertEqual((answer.status_code, answer.content_type, answer.headers["Cache-Control"]),
                             (200, "application/json", "no-store"))

    def test_the_columns_are_asked_with_the_tenant_alone(self):
        self.assertEqual(self.columns(tenant=7).status_code, 200)
        self.assertEqual(self.columns(tenant=13).status_code, 409)
        for name in ("status_id", "format", "columns", "created_from", "x"):
            answer = self.application.ask(address=COLUMNS, **{"status_id": None, name: "new"})
            self.assertEqual(answer.status_code, 400)
            self.assertIn(f'"{name}"', answer.json["error"])
        self.assertEqual(self.columns(tenant=[7, 7]).status_code, 400)

    def test_a_database_role_without_the_grant_is_403(self):
        for address, function in ((COUNT, COUNT_FUNCTION), (COLUMNS, "export_leads.export_leads_available_columns()")):
            with between(self.cursor, f"REVOKE EXECUTE ON FUNCTION {function} FROM crm_web",
                         f"GRANT EXECUTE ON FUNCTION {function} TO crm_web"), \
                    self.assertLogs(leads_export.LOG) as logged:
                answer = self.application.ask(address=address, status_id="new" if address == COUNT else None)
                self.assertEqual((answer.status_code, answer.json["error"]), (403, leads_export.MESSAGES[403]))
                self.assertIn("export_leads_allow('crm_web')", logged.output[0])

    def test_waiting_too_long_is_503(self):
        self.application = Application(engine_for(self, lock_timeout=200))
        with between(database(), "BEGIN; LOCK TABLE leads, export_leads.export_leads_configuration", "COMMIT"):
            for address in (COUNT, COLUMNS):
                with self.subTest(address), self.assertLogs(leads_export.LOG):
                    answer = self.application.ask(address=address, status_id="new" if address == COUNT else None)
                    self.assertEqual(answer.status_code, 503)

    def test_both_ask_who_is_there_as_an_export_does(self):
        demo = self.enterContext(Demo())
        for address in (EXPORT, COUNT, COLUMNS):
            query = {} if address == COLUMNS else {"status_id": "new"}
            for user, status in ((None, 401), ("agent7", 403), ("newcomer", 403), ("support", 400), ("owner7", 200)):
                with self.subTest(address=address, user=user):
                    got, _, body = Client(demo, user).export(address, **query)
                    self.assertEqual(got, status, body[:200])
            client = Client(demo, "support")
            client.post("/api/business", tenant=13)
            self.assertEqual(client.export(address, tenant=13, **query)[0], 200)
            self.assertEqual(client.export(address, tenant=7, **query)[0], 409)
            if address == COUNT:
                self.assertEqual(json.loads(client.export(address, **query)[2]),
                                 {"count": one(self.cursor, "SELECT count(*) FROM leads"
                                               " WHERE tenant_id = 13 AND status = 'new'")})
