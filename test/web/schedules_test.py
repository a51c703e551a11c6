"""Schedules: making them, their next runs, pausing and removing them, and what is refused."""

import unittest
import uuid

from application import Application, engine_for
from demo import HEBREW, PAGE, SCHEDULES, Client, Demo, between, database, one
from web.api import leads_export, leads_schedules

DAILY = {"status": "new", "at": "08:00"}
STORED = "SELECT count(*) FROM export_leads.export_leads_schedules"


class SchedulesTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.engine = engine_for(self)  # one connection
        self.application = Application(self.engine, current_user=lambda: "דנה")
        self.cursor.execute("DELETE FROM export_leads.export_leads_schedules")  # the demonstration's

    def post(self, body, address=SCHEDULES, **headers):
        return self.application.call("POST", address, body, headers)

    def made(self, **schedule):
        answer = self.post({**DAILY, **schedule})
        self.assertEqual(answer.status_code, 201, answer.data)
        return answer.json["id"]

    def listed(self, tenant=7):
        application = Application(self.engine, tenant)
        answer = application.call("GET", SCHEDULES)
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (200, "no-store"), answer.data)
        return answer.json["schedules"]

    def assert_refused(self, answer, status, word="", detail=None):
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (status, "no-store"), answer.data)
        self.assertRegex(answer.json["error"], HEBREW)
        self.assertIn(word, answer.json["error"])
        if detail:
            self.assertIn(detail, answer.json["detail"])
        self.assertEqual(self.engine.pool.checkedout(), 0)

    def test_a_schedule_is_stored_as_it_was_made(self):
        plain = self.made()
        full = self.made(status="closed_won", at="23:59:30", weekdays=[5, 0, 0], month_days=[31, -1, 1],
                         time_zone="America/New_York", format="xlsx", columns=["phone", "lead_id"], period="week",
                         recipients=["a@example.com", "b@example.com", "a@example.com"], name='שבועי "ה"')
        first, second = self.listed()
        self.assertEqual([first["id"], second["id"]], [plain, full])
        names = ("name", "status", "format", "columns", "period", "at", "weekdays", "month_days", "time_zone",
                 "recipients", "requested_by", "paused", "is_running", "failures", "last_success")
        self.assertEqual([first[name] for name in names], [
            None, "new", "csv", None, None, "08:00", None, None, "UTC", [], "דנה", False, False, 0, None])
        self.assertEqual([second[name] for name in names], [
            'שבועי "ה"', "closed_won", "xlsx", ["phone", "lead_id"], "week", "23:59:30", [0, 5], [-1, 1, 31],
            "America/New_York", ["a@example.com", "b@example.com"], "דנה", False, False, 0, None])

    def test_the_next_runs_are_told(self):
        schedule_id = self.made(time_zone="Asia/Jerusalem")
        expected = [f"{day}" for day in one(self.cursor, """
            SELECT array_agg(to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS+00:00') ORDER BY moment)
            FROM generate_series(0, 6) AS n, LATERAL (SELECT (((now() AT TIME ZONE 'Asia/Jerusalem')::date + n)
                + time '08:00') AT TIME ZONE 'Asia/Jerusalem') AS m (moment) WHERE moment > now()""")]
        for query, count in (({}, 3), ({"n": 5}, 5), ({"n": 1}, 1)):
            answer = self.application.call("GET", f"{SCHEDULES}/{schedule_id}/next", **query)
            self.assertEqual((answer.status_code, answer.json), (200, {"next_runs": expected[:count]}))
        self.assertEqual(self.listed()[0]["next_runs"], expected[:3])
        for n in ("0", "101", "x", "-1", "", "1.5"):
            self.assert_refused(self.application.call("GET", f"{SCHEDULES}/{schedule_id}/next", n=n), 400, '"n"')

    def test_a_paused_schedule_does_not_run_until_it_goes_on(self):
        schedule_id = self.made()
        pause = f"{SCHEDULES}/{schedule_id.upper()}/pause"
        self.assertEqual(self.post({"paused": True}, pause).json, {"id": schedule_id, "paused": True})
        schedule, = self.listed()
        self.assertEqual((schedule["paused"], schedule["paused_by"], schedule["next_runs"]), (True, "request", []))
        self.assertEqual(self.post({"paused": False}, pause).status_code, 200)
        schedule, = self.listed()
        self.assertEqual((schedule["paused"], len(schedule["next_runs"])), (False, 3))
        self.assert_refused(self.post({}, pause), 400, detail="paused must not be null")
        for paused in ("true", 1, [True]):
            self.assert_refused(self.post({"paused": paused}, pause), 400, detail='"paused"')

    def test_a_removed_schedule_is_gone(self):
        schedule_id = self.made()
        answer = self.application.call("DELETE", f"{SCHEDULES}/{schedule_id}")
        self.assertEqual((answer.status_code, answer.json), (200, {"removed": schedule_id}))
        self.assertEqual(self.listed(), [])
        self.assert_refused(self.application.call("DELETE", f"{SCHEDULES}/{schedule_id}"), 404, "אינו נמצא")

    def test_each_tenant_has_its_own_schedules(self):
        own = self.made()
        self.application = Application(self.engine, 13)
        other = self.made(status="closed_won")
        self.assertEqual([[row["id"] for row in self.listed(tenant)] for tenant in (7, 13)], [[own], [other]])
        for schedule_id in (own, uuid.uuid4(), "x", "%00"):
            address = f"{SCHEDULES}/{schedule_id}"
            for answer in (self.application.call("DELETE", address), self.post({"paused": True}, address + "/pause"),
                           self.application.call("GET", address + "/next")):
                self.assert_refused(answer, 404, "אינו נמצא")
        self.assertEqual([self.listed()[0][name] for name in ("id", "paused")], [own, False])

    def test_each_thing_that_is_wrong_with_a_schedule_is_400_says_which_it_is_and_stores_nothing(self):
        days, month_days = "weekdays must be days from 0 (Sunday)", "month_days must be days from 1 to 31"
        for wrong, word, detail in (
                ({"status": None}, "הסטטוס", "status must not be null. Name a status"),
                ({"status": ""}, "הסטטוס", "status must not be empty"),
                ({"status": "חדש"}, "הסטטוס", "status must hold letters"),
                ({"status": "a" * 65}, "הסטטוס", "status must not be longer"),
                ({"at": None}, "שעה", "at must not be null. Give the time"),
                ({"at": ""}, "שעה", None), ({"at": "24:00"}, "שעה", None), ({"at": "8:00"}, "שעה", None),
                ({"at": "allballs"}, "שעה", None), ({"at": "08:00 pm"}, "שעה", None),
                ({"at": "08:00\n"}, "שעה", None),
                ({"weekdays": []}, "לא נבחרו ימים", "weekdays must not be empty"),
                ({"weekdays": [8]}, "ימי השבוע", days), ({"weekdays": [-1]}, "ימי השבוע", days),
                ({"weekdays": [99999999999]}, leads_schedules.NOT_VALID, "out of range"),
                ({"weekdays": [None]}, "", '"weekdays"'), ({"weekdays": [True]}, "", '"weekdays"'),
                ({"weekdays": ["0"]}, "", '"weekdays"'), ({"weekdays": 3}, "", '"weekdays"'),
                ({"weekdays": [[1]]}, "", '"weekdays"'), ({"weekdays": [1.5]}, "", '"weekdays"'),
                ({"month_days": []}, "לא נבחרו ימים", "month_days must not be empty"),
                ({"month_days": [0]}, "ימי החודש", month_days), ({"month_days": [32]}, "ימי החודש", month_days),
                ({"month_days": [-2]}, "ימי החודש", month_days),
                ({"time_zone": "Nowhere/Land"}, "אזור הזמן", '"Nowhere/Land" is not the full name of a time zone'),
                ({"time_zone": "EST5EDT,M3"}, "אזור הזמן", "is not the full name"),
                ({"format": "pdf"}, "סוג הקובץ", "unknown export format. The formats are: csv, xlsx."),
                ({"columns": ["password"]}, '"password"', 'unknown column "password". The columns are: '),
                ({"columns": []}, "לא נבחרו עמודות", "columns must not be empty"),
                ({"columns": ["phone", "phone"]}, '"phone"', 'column "phone" is given twice'),
                ({"period": "year"}, "התקופה", 'unknown period "year". The periods are: '),
                ({"recipients": []}, "", "recipients must not be empty"),
                ({"recipients": [""]}, "נמען מספר 1", "recipient 1 is not a mail address. Give addresses"),
                ({"recipients": ["a@example.com", "no address"]}, "נמען מספר 2", "recipient 2 is not a mail address"),
                ({"recipients": ["a@example.com\nBcc: b@example.com"]}, "נמען מספר 1", "recipient 1"),
                ({"recipients": [f"a{n}@example.com" for n in range(51)]}, "50", "no more than 50 recipients"),
                ({"name": "a\r\nBcc: b@example.com"}, "השם", "name must be one line"),
                ({"name": "  "}, "השם", "name must be one line"),
                ({"name": "a" * 201}, "השם", "name must not be longer"),
                ({"name": "a\0b"}, "", '"name"'), ({"name": "\ud800"}, "", '"name"'),
                ({"requested_by": "somebody else"}, "", 'unknown field "requested_by"'),
                ({"tenant": 13}, "", 'unknown field "tenant"'), ({"מה": 1}, "", "unknown field")):
            with self.subTest(wrong):
                self.assert_refused(self.post({**DAILY, **wrong}), 400, word, detail)
        self.assertEqual(one(self.cursor, STORED), 0)

    def test_a_body_that_is_no_json_object_is_refused(self):
        client = self.application.flask.test_client()
        for body, content_type, status in (
                ("", "application/json", 400), ("{", "application/json", 400), ("[]", "application/json", 400),
                ('"new"', "application/json", 400), (b"\xff", "application/json", 400),
                ("[" * 60000, "application/json", 400), ('{"at": "08:00"}', "text/plain", 415),
                ("at=08:00&status=new", "application/x-www-form-urlencoded", 415), ('{"at": "08:00"}', None, 415),
                (b'{"name": "' + b"a" * 70000 + b'"}', "application/json", 413)):
            with self.subTest(body[:20], content_type=content_type):
                answer = client.post(SCHEDULES, data=body, content_type=content_type, headers=PAGE)
                self.assert_refused(answer, status)
        self.assertEqual(one(self.cursor, STORED), 0)

    def test_another_site_s_page_can_change_nothing(self):
        schedule_id = self.made()
        for method, address, body in (("POST", SCHEDULES, DAILY), ("DELETE", f"{SCHEDULES}/{schedule_id}", None),
                                      ("POST", f"{SCHEDULES}/{schedule_id}/pause", {"paused": True})):
            answer = self.application.flask.test_client().open(address, method=method, json=body)
            self.assert_refused(answer, 403, "לרענן את הדף")
        self.assertEqual([row["paused"] for row in self.listed()], [False])

    def test_a_tenant_s_hundred_and_first_schedule_is_409(self):
        self.cursor.execute("SELECT count(export_leads.export_leads_schedule(7, 'new', '08:00'))"
                            " FROM generate_series(1, 100)")
        self.assert_refused(self.post(DAILY), 409, "רבים מדי")
        self.assertEqual(one(self.cursor, STORED), 100)

    def test_the_tenant_that_a_page_shows_must_be_the_session_s(self):
        for method, address in (("GET", SCHEDULES), ("POST", SCHEDULES), ("DELETE", f"{SCHEDULES}/{uuid.uuid4()}")):
            self.assert_refused(self.application.call(method, address, DAILY, tenant=13), 409)
        self.assert_refused(self.application.call("GET", SCHEDULES, status="new"), 400, '"status"')
        self.assertEqual(one(self.cursor, STORED), 0)

    def test_a_role_of_the_database_that_may_not_schedule_is_403(self):
        function = ("FUNCTION export_leads.export_leads_schedule(text, text, time, int[], int[], text, text, text[],"
                    " text, text[], text, text)")
        with between(self.cursor, f"REVOKE EXECUTE ON {function} FROM crm_web",
                     f"GRANT EXECUTE ON {function} TO crm_web"), self.assertLogs(leads_export.LOG, "ERROR"):
            self.assert_refused(self.post(DAILY), 403)

    def test_only_the_roles_that_the_application_names_see_schedules(self):
        asked = []

        def require_api_auth(roles):
            asked.append(roles)
            return lambda view: view
        leads_schedules.leads_schedules_blueprint(require_api_auth, None, None, roles=["owner"])
        self.assertEqual(asked, [["owner"]] * 5)

    def test_who_may_not_export_may_not_schedule(self):
        demo = self.enterContext(Demo())
        for user, status in ((None, 401), ("agent7", 403), ("newcomer", 403), ("support", 400), ("owner21", 403)):
            for method in ("GET", "POST"):
                with Client(demo, user).request(method, SCHEDULES, "{}", PAGE) as response:
                    self.assertEqual(response.status, status)
        with Client(demo, "owner7").request("POST", SCHEDULES, '{"status": "new", "at": "08:00"}', PAGE) as response:
            self.assertEqual(response.status, 201)
        self.assertEqual(self.listed()[0]["requested_by"], "owner7")
