"""What the endpoint answers: every status code, its headers and its bytes, over HTTP and a real database."""

import csv
import io
import json
import unittest
from urllib.parse import urlencode

from demo import EXPORT, HEBREW, Client, Demo, between, database, exported, leads_of, one
from leads import HEADER

INJECTIONS = ["new'; DROP TABLE leads; --", "new' OR '1'='1", "7 OR 1=1", "%", "new\0", "${7*7}", "new\r\nX-Evil: 1"]


class EndpointTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = cls.enterClassContext(Demo())
        cls.cursor = database()

    def export(self, user, **query):
        return Client(self.demo, user).export(**query)

    def assert_refused(self, answer, status):
        """The refusal is JSON with a message in Hebrew, and at most a detail in English."""
        got, headers, body = answer
        self.assertEqual(got, status, body[:200])
        self.assertEqual(headers["Content-Type"], "application/json")
        message = json.loads(body)
        self.assertLessEqual({"error"}, set(message))
        self.assertLessEqual(set(message), {"error", "detail"} if status in (400, 403) else {"error"})
        self.assertRegex(message["error"], HEBREW)
        self.assertNotRegex(message.get("detail", ""), HEBREW)
        return message["error"]

    def assert_exported(self, answer, tenant, status="new"):
        got, _, body = answer
        self.assertEqual(got, 200, body[:200])
        self.assertEqual(body, exported(self.cursor, tenant, status))

    def records(self, answer):
        self.assertEqual(answer[0], 200, answer[2][:200])
        return list(csv.reader(io.StringIO(answer[2].decode("utf-8-sig"), newline="")))

    def test_an_export_has_all_its_headers(self):
        status, headers, body = self.export("owner7", status_id="new", format="csv")
        today = one(self.cursor, "SELECT current_date::text")
        count = one(self.cursor, "SELECT count(*) FROM leads WHERE tenant_id = 7 AND status = 'new'")
        self.assertEqual(status, 200)
        self.assertEqual({name: headers[name] for name in (
            "Content-Type", "Content-Disposition", "Cache-Control", "X-Content-Type-Options", "X-Lead-Count",
            "Content-Length")}, {
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": f'attachment; filename="outbound_leads_status_new_{today}.csv"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "X-Lead-Count": str(count),
                "Content-Length": str(len(body))})

    def test_the_bytes_are_the_byte_order_mark_and_the_extension_s(self):
        answer = self.export("owner7", status_id="new")
        self.assertTrue(answer[2].startswith(b"\xef\xbb\xbfstatus_id,"))
        self.assert_exported(answer, 7)

    def test_each_tenant_gets_its_own_leads(self):
        own, other = self.export("owner7", status_id="new"), self.export("admin13", status_id="new")
        self.assert_exported(own, 7)
        self.assert_exported(other, 13)
        self.assertNotIn(b"SECRET13", own[2])
        self.assertIn(b"SECRET13", other[2])

    def test_the_tenant_that_a_page_shows_must_be_the_session_s(self):
        self.assert_exported(self.export("owner7", status_id="new", tenant=7), 7)
        for tenant in ("13", "", "07", " 7", "7 OR 1=1", "77"):
            with self.subTest(tenant=tenant):
                refused = self.export("owner7", status_id="new", tenant=tenant)
                self.assertIn("לרענן את הדף", self.assert_refused(refused, 409))
        self.assertIn('"tenant"', self.assert_refused(self.export("owner7", status_id="new", tenant=[7, 13]), 400))

    def test_a_page_of_a_business_that_is_no_longer_chosen_is_409(self):
        support = Client(self.demo, "support")
        self.assertIn("לבחור עסק", self.assert_refused(support.export(status_id="new", tenant=13), 400))
        support.post("/api/business", tenant=13)
        self.assert_exported(support.export(status_id="new", tenant=13), 13)
        support.post("/api/business", tenant=7)
        self.assert_refused(support.export(status_id="new", tenant=13), 409)

    def test_an_unknown_parameter_is_400_and_named(self):
        for name in ("create_from", "Created_From", "created_from[]", "status", "tenant_id", "business_id", "קובץ",
                     "\0", ""):
            with self.subTest(name):
                for value in ("2025-12-21", ""):
                    refused = self.export("owner7", status_id="new", **{name: value})
                    self.assertIn(f'"{name}"', self.assert_refused(refused, 400))

    def test_a_parameter_given_twice_is_400_and_named(self):
        for name in ("status_id", "columns"):
            refused = self.export("owner7", **{"status_id": "new", name: ["new", "phone"]})
            self.assertIn(f'"{name}"', self.assert_refused(refused, 400))

    def test_system_admins_export_from_the_business_they_chose(self):
        support = Client(self.demo, "support")
        for tenant in (7, 13):
            support.post("/api/business", tenant=tenant)
            self.assert_exported(support.export(status_id="new"), tenant)

    def test_a_missing_status_is_400(self):
        self.assertIn("status_id", self.assert_refused(self.export("owner7"), 400))
        self.assert_refused(self.export("owner7", status_id=""), 400)

    def test_a_malformed_status_is_400(self):
        for status in ("חדש", "../../etc/passwd", "new status", "a" * 65, "new.csv", "n\u00e9w"):
            with self.subTest(status=status):
                self.assert_refused(self.export("owner7", status_id=status), 400)

    def test_an_unknown_format_is_400(self):
        self.assert_refused(self.export("owner7", status_id="new", format="pdf"), 400)

    def test_not_signed_in_is_401(self):
        self.assert_refused(self.export(None, status_id="new"), 401)

    def test_a_role_that_may_not_export_is_403(self):
        self.assert_refused(self.export("agent7", status_id="new"), 403)

    def test_no_tenant_is_403(self):
        self.assert_refused(self.export("newcomer", status_id="new"), 403)

    def test_a_system_admin_without_a_business_is_told_to_choose_one(self):
        self.assertIn("לבחור עסק", self.assert_refused(self.export("support", status_id="new"), 400))

    def test_a_database_role_without_the_grant_is_403(self):
        function = ("FUNCTION export_leads.export_leads_file(text, text, text, text[], "
                    "export_leads.export_leads_time_bound, export_leads.export_leads_time_bound)")
        with between(self.cursor, f"REVOKE EXECUTE ON {function} FROM crm_web",
                     f"GRANT EXECUTE ON {function} TO crm_web"):
            self.assert_refused(self.export("owner7", status_id="new"), 403)

    def test_a_file_that_is_too_large_is_413(self):
        with leads_of(self.cursor, "huge", "SELECT repeat('a', 400 << 20) FROM generate_series(1, 3)"):
            self.assert_refused(self.export("owner7", status_id="huge"), 413)

    def test_an_unsafe_set_up_is_500_and_logged_without_data(self):
        with between(self.cursor, "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
                     "ALTER TABLE leads ENABLE ROW LEVEL SECURITY"):
            self.assert_refused(self.export("owner7", status_id="closed_lost"), 500)
        log = self.demo.log_text()
        self.assertRegex(log, r"SQLSTATE 55000, hint .*export_leads_check\(\)")
        for data in ("closed_lost", "octet_length", "row security"):
            self.assertNotIn(data, log)
        self.assert_exported(self.export("owner7", status_id="new"), 7)

    def test_injections_reach_no_statement(self):
        before = one(self.cursor, "SELECT count(*) FROM leads")
        for parameter in ("status_id", "format", "columns", "created_from", "created_to"):
            for attempt in INJECTIONS:
                with self.subTest(parameter=parameter, attempt=attempt):
                    self.assert_refused(self.export("owner7", **{"status_id": "new", parameter: attempt}), 400)
        self.assertEqual(one(self.cursor, "SELECT count(*) FROM leads"), before)

    def test_a_status_in_capitals_is_the_same_column_under_the_name_it_was_asked_by(self):
        status, headers, body = self.export("owner7", status_id="Closed_Won")
        self.assertEqual((status, body), (200, exported(self.cursor, 7, "closed_won")))
        self.assertRegex(headers["Content-Disposition"],
                         r'^attachment; filename="outbound_leads_status_[Cc]losed_[Ww]on_[\d-]{10}\.csv"$')

    def test_a_status_that_nobody_has_is_a_header_alone(self):
        answer = self.export("owner7", status_id="follow_up")
        self.assertEqual(self.records(answer), [list(HEADER)])
        self.assertEqual(answer[1]["X-Lead-Count"], "0")

    def test_columns_can_be_chosen(self):
        records = self.records(self.export("owner7", status_id="new", columns="phone,lead_id"))
        self.assertEqual(records[0], ["phone", "lead_id"])
        self.assert_refused(self.export("owner7", status_id="new", columns="phone,password"), 400)

    def test_a_range_of_dates_can_be_chosen(self):
        records = self.records(self.export("owner7", status_id="new", columns="created_at",
                                           created_from="2025-12-21", created_to="2025-12-22"))
        self.assertEqual(records[1:], [["2025-12-22T16:40:00"], ["2025-12-21T10:11:12.345678"]])

    def test_a_workbook_comes_by_the_same_query(self):
        try:
            one(self.cursor, "SELECT export_leads.export_leads_filename('new', 'xlsx')")
        except self.cursor.connection.DataError:
            self.skipTest("this server's extension writes no workbooks")
        status, headers, body = self.export("owner7", status_id="new", format="xlsx")
        self.assertEqual((status, body[:2]), (200, b"PK"))
        self.assertEqual(headers["Content-Type"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        self.assertRegex(headers["Content-Disposition"], r'filename="outbound_leads_status_new_[\d-]{10}\.xlsx"$')

    def test_neither_refusals_nor_unread_answers_keep_a_connection(self):
        client = Client(self.demo, "owner7")
        for _ in range(20):  # more than the pool has
            self.assert_refused(client.export(status_id="*"), 400)
            with client.request("HEAD", f"{EXPORT}?status_id=new") as response:
                self.assertEqual(response.status, 200)
        self.assert_exported(client.export(status_id="new"), 7)

    def head(self, user, **query):
        with Client(self.demo, user).request("HEAD", f"{EXPORT}?{urlencode(query)}") as response:
            return response.status, dict(response.headers), response.read()

    def test_head_tells_what_is_known_without_the_file(self):
        for query in ({}, {"format": "xlsx"}, {"columns": "phone", "created_from": "2025-12-21"},
                      {"created_from": "2025-12-21", "created_to": "2025-12-23"}):
            with self.subTest(query):
                status, known, body = self.head("owner7", status_id="new", **query)
                _, headers, _ = self.export("owner7", status_id="new", **query)
                whole = {name: value for name, value in headers.items()
                         if name not in ("Content-Length", "X-Lead-Count")}
                self.assertEqual((status, body, {**known, "Date": ""}), (200, b"", {**whole, "Date": ""}))

    def test_head_makes_no_file(self):
        with between(self.cursor, "SELECT export_leads.export_leads_add_column('own', '1 / (lead.id - lead.id)')",
                     "SELECT export_leads.export_leads_remove_column('own')"):
            self.assert_refused(self.export("owner7", status_id="new", columns="own"), 500)
            self.assertEqual(self.head("owner7", status_id="new", columns="own")[0], 200)

    def test_head_is_refused_like_the_export(self):
        for user, query, status in ((None, {}, 401), ("agent7", {}, 403), ("support", {}, 400), ("owner7", {}, 400),
                                    ("owner7", {"status_id": "a b"}, 400),
                                    ("owner7", {"status_id": "new", "created_from": "yesteryear"}, 400)):
            with self.subTest(user=user, query=query):
                self.assertEqual(self.head(user, **query)[::2], (status, b""))
        with between(self.cursor, "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
                     "ALTER TABLE leads ENABLE ROW LEVEL SECURITY"):
            self.assertEqual(self.head("owner7", status_id="new")[0], 500)

    def test_only_reading_is_offered(self):
        with Client(self.demo, "owner7").request("POST", f"{EXPORT}?status_id=new") as response:
            self.assertEqual(response.status, 405)
