"""Past exports: which there are, their files whole and in parts, their end, and what the button leaves there."""

import contextlib
import hashlib
import json
import socket
import threading
import time
import types
import unittest
import uuid
from unittest import mock

import flask
from werkzeug.serving import make_server

from application import Application, engine_for
from demo import EXPORT, HEBREW, HISTORY, PAGE, Client, Demo, between, database, exported, leads_of, one
from drop_in_test import readme_code
from web.api import leads_export, leads_history

SAVE = "SELECT export_id::text FROM export_leads.export_leads_save(%s, %s, requested_by => %s)"
LARGE = "SELECT md5(n::text) || repeat('a', 1 << 20) FROM generate_series(1, 30) AS n"  # pieces differ
WAIT = 20


def saved(cursor, tenant=7, status="new", requested_by=None):
    return one(cursor, SAVE, tenant, status, requested_by)


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.engine = engine_for(self)  # one connection
        self.application = Application(self.engine)
        self.cursor.execute("DELETE FROM export_leads.export_leads_exports")  # the demonstration's

    def fetch(self, export_id, method="GET", application=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return (application or self.application).call(method, f"{HISTORY}/{export_id}", headers=headers)

    def assert_refused(self, answer, status, word="", detail=None):
        self.assertEqual((answer.status_code, answer.headers["Cache-Control"]), (status, "no-store"), answer.data)
        self.assertRegex(answer.json["error"], HEBREW)
        self.assertIn(word, answer.json["error"])
        if detail:
            self.assertIn(detail, answer.json["detail"])
        self.assertEqual(self.engine.pool.checkedout(), 0)

    def test_a_kept_file_comes_back_byte_for_byte_with_its_hash_as_its_etag(self):
        export_id = saved(self.cursor)
        file = exported(self.cursor, 7, "new")
        answer = self.fetch(export_id)
        self.assertEqual((answer.status_code, answer.data), (200, file))
        today = one(self.cursor, "SELECT current_date::text")
        self.assertEqual({name: answer.headers.get(name) for name in (
            "Content-Type", "Content-Disposition", "Content-Length", "ETag", "Accept-Ranges", "Cache-Control",
            "X-Content-Type-Options", "X-Lead-Count")}, {
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": f'attachment; filename="outbound_leads_status_new_{today}.csv"',
                "Content-Length": str(len(file)),
                "ETag": f'"{hashlib.sha256(file).hexdigest()}"',
                "Accept-Ranges": "bytes",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "X-Lead-Count": str(one(self.cursor, "SELECT count(*) FROM leads WHERE tenant_id = 7"
                                                     " AND status = 'new'"))})
        head = self.fetch(export_id, "HEAD")
        self.assertEqual((head.status_code, head.data, dict(head.headers)), (200, b"", dict(answer.headers)))

    def test_a_range_is_answered_with_that_part_of_the_file(self):
        export_id = saved(self.cursor)
        file = exported(self.cursor, 7, "new")
        size = len(file)
        for asked, (start, stop) in {
                "bytes=0-9": (0, 10), "bytes=5-5": (5, 6), "bytes=10-": (10, size), "bytes=-7": (size - 7, size),
                f"bytes={size - 1}-": (size - 1, size), f"bytes=3-{size + 50}": (3, size),
                f"bytes=-{size + 9}": (0, size)}.items():
            with self.subTest(asked):
                answer = self.fetch(export_id, Range=asked)
                self.assertEqual((answer.status_code, answer.data), (206, file[start:stop]))
                self.assertEqual(answer.headers["Content-Range"], f"bytes {start}-{stop - 1}/{size}")
                self.assertEqual(answer.headers["Content-Length"], str(stop - start))

    def test_a_range_beyond_the_file_is_416_and_says_how_long_the_file_is(self):
        export_id = saved(self.cursor)
        size = len(exported(self.cursor, 7, "new"))
        for asked in (f"bytes={size}-", f"bytes={size}-{size + 1}", "bytes=-0", "bytes=999999999999999999-"):
            with self.subTest(asked):
                answer = self.fetch(export_id, Range=asked)
                self.assert_refused(answer, 416)
                self.assertEqual(answer.headers["Content-Range"], f"bytes */{size}")

    def test_what_is_no_single_range_is_ignored(self):
        export_id = saved(self.cursor)
        file = exported(self.cursor, 7, "new")
        for asked in ("bytes=0-1,3-4", "bytes=9-2", "bytes=-", "bytes=a-b", "lines=0-1", "bytes", "",
                      "bytes=" + "9" * 5000 + "-", "bytes=\u0661-"):
            with self.subTest(asked[:20]):
                answer = self.fetch(export_id, Range=asked)
                self.assertEqual((answer.status_code, answer.data), (200, file))
        self.assertEqual(self.fetch(export_id, "HEAD", Range="bytes=0-9").status_code, 200)

    def test_a_part_is_sent_only_of_the_file_that_the_client_has(self):
        export_id = saved(self.cursor)
        file = exported(self.cursor, 7, "new")
        etag = self.fetch(export_id).headers["ETag"]
        answer = self.fetch(export_id, Range="bytes=4-", If_Range=etag)
        self.assertEqual((answer.status_code, answer.data), (206, file[4:]))
        for other in ('"other"', "W/" + etag, etag.strip('"'), "Sat, 01 Jan 2000 00:00:00 GMT"):
            with self.subTest(other):
                answer = self.fetch(export_id, Range="bytes=4-", If_Range=other)
                self.assertEqual((answer.status_code, answer.data), (200, file))

    def test_a_client_that_has_the_file_is_told_so(self):
        export_id = saved(self.cursor)
        etag = self.fetch(export_id).headers["ETag"]
        for known in (etag, f'"other", {etag}', "W/" + etag, "*"):
            for method in ("GET", "HEAD"):
                with self.subTest(known, method=method):
                    answer = self.fetch(export_id, method, If_None_Match=known)
                    self.assertEqual((answer.status_code, answer.data, answer.headers["ETag"]), (304, b"", etag))
        self.assertEqual(self.fetch(export_id, If_None_Match='"other"').status_code, 200)

    def test_fetching_counts_and_asking_does_not(self):
        export_id = saved(self.cursor)
        etag = self.fetch(export_id, "HEAD").headers["ETag"]
        self.fetch(export_id, If_None_Match=etag)
        self.assertEqual(one(self.cursor, "SELECT downloads FROM export_leads.export_leads_exports"), 0)
        self.fetch(export_id)
        row, = self.application.call("GET", HISTORY).json["exports"]
        self.assertEqual(row["downloads"], 1)
        self.assertRegex(row["last_download"], r"^20\d\d-.*\+00:00$")

    def test_the_list_tells_who_exported_what_the_newest_first(self):
        ids = [saved(self.cursor, 7, status, user) for status, user in (
            ("new", "דנה"), ("closed_won", None), ("new", "owner7"))]
        listed = self.application.call("GET", HISTORY).json
        self.assertEqual([row["id"] for row in listed["exports"]], ids[::-1])
        self.assertFalse(listed["more"])
        file = exported(self.cursor, 7, "new")
        newest = listed["exports"][0]
        self.assertEqual({name: newest[name] for name in (
            "status", "format", "columns", "requested_by", "schedule_id", "leads", "bytes", "state", "sqlstate",
            "reason", "downloads", "last_download")}, {
                "status": "new", "format": "csv", "columns": None, "requested_by": "owner7", "schedule_id": None,
                "leads": 22, "bytes": len(file), "state": "done", "sqlstate": None, "reason": None, "downloads": 0,
                "last_download": None})
        self.assertRegex(newest["started_at"], r"^20\d\d-\d\d-\d\dT.*\+00:00$")
        self.assertGreater(newest["expires_at"], newest["started_at"])
        of_status = self.application.call("GET", HISTORY, status="new").json["exports"]
        self.assertEqual([row["requested_by"] for row in of_status], ["owner7", "דנה"])

    def test_the_list_comes_in_pages(self):
        ids = [saved(self.cursor) for _ in range(5)][::-1]
        found, before = [], None
        for more in (True, True, False):
            query = {"limit": 2, **({"before": before} if before else {})}
            page = self.application.call("GET", HISTORY, **query).json
            self.assertEqual(page["more"], more)
            found += [row["id"] for row in page["exports"]]
            before = page["exports"][-1]["started_at"]
        self.assertEqual(found, ids)

    def test_why_an_export_failed_is_said_in_words_and_the_database_s_own_stay_there(self):
        self.cursor.execute("""
            INSERT INTO export_leads.export_leads_exports (tenant, status, format, role, state, sqlstate, error)
            VALUES ('7', 'new', 'csv', 'crm_web', 'failed', '57014', 'SECRET'),
                   ('7', 'new', 'csv', 'crm_web', 'failed', '22012', 'SECRET'),
                   ('7', 'new', 'csv', 'crm_web', 'running', NULL, NULL) RETURNING export_id::text""")
        ids = [export_id for (export_id,) in self.cursor.fetchall()]
        answer = self.application.call("GET", HISTORY)
        self.assertNotIn(b"SECRET", answer.data)
        reasons = {row["sqlstate"]: row["reason"] for row in answer.json["exports"]}
        self.assertEqual(reasons, {"57014": leads_export.STATUSES["57014"][1], "22012": leads_export.MESSAGES[500],
                                   None: None})
        for export_id, word in zip(ids, ("נכשל", "נכשל", "לא הסתיים")):
            self.assert_refused(self.fetch(export_id), 404, word)
        self.assert_refused(self.fetch(ids[2], "DELETE"), 409, "לא הסתיים")

    def test_a_file_that_is_no_longer_kept_is_404(self):
        export_id = saved(self.cursor)
        self.cursor.execute("UPDATE export_leads.export_leads_exports SET state = 'expired'")
        self.assert_refused(self.fetch(export_id), 404, "כבר אינו נשמר")
        self.cursor.execute("UPDATE export_leads.export_leads_exports SET state = 'done'")
        self.cursor.execute("DELETE FROM export_leads.export_leads_pieces")  # as in a dump without the files
        self.assert_refused(self.fetch(export_id), 404, "כבר אינו נשמר")

    def test_each_tenant_has_its_own_history(self):
        own, other = saved(self.cursor, 7), saved(self.cursor, 13)
        for tenant, its, others in ((7, own, other), (13, other, own)):
            application = Application(self.engine, tenant)
            listed = application.call("GET", HISTORY).json["exports"]
            self.assertEqual([row["id"] for row in listed], [its])
            self.assertEqual(self.fetch(its, application=application).data, exported(self.cursor, tenant, "new"))
            missing = self.fetch(uuid.uuid4(), application=application)
            for method in ("GET", "HEAD", "DELETE"):
                refused = self.fetch(others, method, application)
                self.assertEqual((refused.status_code, refused.headers.get("ETag")), (404, None))
                if method != "HEAD":
                    self.assertEqual(refused.json, missing.json)
        self.assertEqual(one(self.cursor, "SELECT count(*) FROM export_leads.export_leads_exports"), 2)

    def test_a_forgotten_export_is_gone(self):
        export_id = saved(self.cursor)
        answer = self.fetch(export_id.upper(), "DELETE")
        self.assertEqual((answer.status_code, answer.json), (200, {"forgotten": export_id}))
        self.assertEqual(self.application.call("GET", HISTORY).json, {"exports": [], "more": False})
        for method in ("GET", "DELETE"):
            self.assert_refused(self.fetch(export_id, method), 404, "אינו נמצא")
        self.assertEqual(one(self.cursor, "SELECT count(*) FROM export_leads.export_leads_pieces"), 0)

    def test_another_site_s_page_can_neither_remove_nor_keep_anything(self):
        export_id = saved(self.cursor)
        self.application = Application(self.engine, keep=leads_history.KeptExports)
        for method, address, query in (("DELETE", f"{HISTORY}/{export_id}", {"status_id": None}), ("GET", EXPORT, {})):
            for headers in ({}, {"X-Requested-With": ""}):
                answer = self.application.ask(method, address, headers, **query)
                self.assert_refused(answer, 403, "לרענן את הדף")
        self.assertEqual(one(self.cursor, "SELECT count(*) FROM export_leads.export_leads_exports"), 1)

    def test_what_is_asked_wrongly_is_400_or_404(self):
        for query, word in (({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"limit": "x"}, "limit"),
                            ({"limit": ""}, "limit"), ({"before": "yesterday"}, "before"),
                            ({"before": "2025-12-01"}, "before"), ({"before": "2025-12-01T00:00:00"}, "before"),
                            ({"before": "2025-13-01T00:00:00Z"}, leads_history.NOT_VALID), ({"satus": "new"}, "satus"),
                            ({"status": ["new", "new"]}, "status"), ({"status": "a\0"}, "status")):
            with self.subTest(query):
                self.assert_refused(self.application.call("GET", HISTORY, **query), 400, word)
        for export_id in ("x", "7", "%00", "'; --", "{" + str(uuid.uuid4()) + "}", uuid.uuid4().hex):
            for method in ("GET", "DELETE"):
                with self.subTest(export_id, method=method):
                    self.assert_refused(self.fetch(export_id, method), 404, "אינו נמצא")
        self.assert_refused(self.application.call("GET", HISTORY, tenant=13), 409)

    def test_a_role_of_the_database_that_may_not_see_the_history_is_403(self):
        function = "FUNCTION export_leads.export_leads_history(text, text, timestamptz, int, uuid)"
        with between(self.cursor, f"REVOKE EXECUTE ON {function} FROM crm_web",
                     f"GRANT EXECUTE ON {function} TO crm_web"), self.assertLogs(leads_export.LOG, "ERROR") as logged:
            self.assert_refused(self.application.call("GET", HISTORY), 403, "לפעולה זו")
        self.assertIn("export_leads_allow('crm_web')", logged.output[0])

    def test_only_the_roles_that_the_application_names_see_the_history(self):
        asked = []

        def require_api_auth(roles):
            asked.append(roles)
            return lambda view: view
        leads_history.leads_history_blueprint(require_api_auth, None, None, roles=["owner"])
        self.assertEqual(asked, [["owner"]] * 3)

    def test_the_button_s_exports_are_kept_and_sent_as_they_are_kept(self):
        application = Application(self.engine, keep=leads_history.KeptExports, current_user=lambda: 'דנה "ה"\0')
        for query in ({}, {"format": "xlsx", "columns": "phone", "created_from": "2025-12-21",
                           "created_to": "2025-12-22"}):
            answer = application.ask(headers=PAGE, **query)
            row = application.call("GET", HISTORY).json["exports"][0]
            self.assertEqual((answer.status_code, row["requested_by"], answer.headers["Content-Location"]),
                             (200, 'דנה "ה"', f"{HISTORY}/{row['id']}"))
            again = self.fetch(row["id"])
            self.assertEqual(again.data, answer.data)
            headers = dict(answer.headers)
            del headers["Content-Location"]
            self.assertEqual(dict(again.headers), headers)
        self.assertEqual((row["columns"], row["created_from"], row["created_to"]),
                         (["phone"], "2025-12-21", "2025-12-23"))

    def test_an_export_that_is_kept_is_new_whatever_the_client_has(self):
        application = Application(self.engine, keep=leads_history.KeptExports)
        file = exported(self.cursor, 7, "new")
        for headers in ({"Range": "bytes=0-9"}, {"If-None-Match": "*"}):
            answer = application.ask(headers={**PAGE, **headers})
            self.assertEqual((answer.status_code, answer.data), (200, file))

    def test_head_keeps_nothing(self):
        application = Application(self.engine, keep=leads_history.KeptExports)
        self.assertEqual(application.ask("HEAD", headers=PAGE).status_code, 200)
        self.assertEqual(one(self.cursor, "SELECT count(*) FROM export_leads.export_leads_exports"), 0)

    def test_an_export_that_is_to_be_kept_is_refused_like_another_and_leaves_nothing(self):
        application = Application(self.engine, keep=leads_history.KeptExports)
        for query in ({"status_id": None}, {"status_id": "a b"}, {"format": "pdf"}, {"columns": "password"},
                      {"created_from": "yesteryear"}, {"creaetd_from": "2025-02-01"}):
            with self.subTest(query):
                kept, plain = application.ask(headers=PAGE, **query), self.application.ask(**query)
                self.assertEqual((kept.status_code, kept.json), (400, plain.json))
        self.assertEqual(one(self.cursor, "SELECT count(*) FROM export_leads.export_leads_exports"), 0)

    def test_a_full_quota_is_413_and_says_what_helps(self):
        export_id = saved(self.cursor)
        application = Application(self.engine, keep=leads_history.KeptExports)
        with between(self.cursor, "SELECT count(*) FROM export_leads.export_leads_setup(tenant_quota => 4000)",
                     "SELECT count(*) FROM export_leads.export_leads_setup(tenant_quota => 10737418240)"):
            self.assert_refused(application.ask(headers=PAGE), 413, "אין עוד מקום")
            self.assertEqual(self.fetch(export_id, "DELETE").status_code, 200)
            self.assertEqual(application.ask(headers=PAGE).status_code, 200)

    def test_it_works_on_a_connection_of_the_session_s_tenant(self):
        _, lines, *_ = readme_code()
        names = {"db": types.SimpleNamespace(engine=self.engine), "g": types.SimpleNamespace(tenant=7)}
        exec(lines, names)
        self.application = Application(self.engine, connect=names["connect_as_tenant"], keep=leads_history.KeptExports)
        required = "session_setting => 'app.tenant_id', session_required => true"
        with between(self.cursor, f"SELECT count(*) FROM export_leads.export_leads_setup({required})",
                     "SELECT count(*) FROM export_leads.export_leads_setup("
                     "session_setting => '', session_required => false)"):
            answer = self.application.ask(headers=PAGE)
            row, = self.application.call("GET", HISTORY).json["exports"]
            self.assertEqual((answer.status_code, self.fetch(row["id"]).data), (200, answer.data))
            self.assertEqual(self.fetch(row["id"], "DELETE").status_code, 200)

    def test_the_history_of_a_database_that_cannot_be_written_can_be_read(self):
        export_id = saved(self.cursor)
        file = exported(self.cursor, 7, "new")
        self.application = Application(engine_for(self, default_transaction_read_only="on"))
        self.assertEqual(len(self.application.call("GET", HISTORY).json["exports"]), 1)
        self.assertEqual(self.fetch(export_id).data, file)


class SlowClientTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.engine = engine_for(self)  # one connection
        self.tenants = set()

        def connect():
            self.tenants.add(flask.g.tenant)  # what an application sets on its connections
            return self.engine.connect()

        self.application = Application(self.engine, connect=connect, keep=leads_history.KeptExports)
        self.cursor.execute("DELETE FROM export_leads.export_leads_exports")
        server = make_server("127.0.0.1", 0, self.application.flask, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.port = server.port

    @contextlib.contextmanager
    def large_export(self):
        """A slow client that has read the beginning of a file of 30 MB, and what it has read."""
        with leads_of(self.cursor, "large", LARGE), \
                socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
            client.sendall(f"GET {EXPORT}?status_id=large HTTP/1.1\r\nHost: crm\r\nX-Requested-With: page\r\n\r\n"
                           .encode())
            begun = client.recv(1 << 16)
            while b"\r\n\r\n" not in begun:
                begun += client.recv(1 << 16)
            self.assertTrue(begun.startswith(b"HTTP/1.1 200"), begun[:100])
            yield client, begun

    def rest(self, client, begun):
        """The headers and the body of all that comes."""
        pieces = [begun]
        while pieces[-1]:
            pieces.append(client.recv(1 << 20))
        headers, _, body = b"".join(pieces).partition(b"\r\n\r\n")
        return headers.decode(), body

    def wait_for(self, condition):
        deadline = time.monotonic() + WAIT
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def sessions(self, state):
        return one(self.cursor, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'crm_web' AND state LIKE %s"
                                " AND pid <> pg_backend_pid()", state)

    def test_a_slow_client_holds_neither_a_transaction_nor_a_connection(self):
        with self.large_export() as (client, begun):
            # the server waits for the client with most of the file, which the sockets do not hold
            self.wait_for(lambda: self.engine.pool.checkedout() == 0)
            time.sleep(0.5)
            self.assertEqual((self.engine.pool.checkedout(), self.sessions("%transaction%")), (0, 0))
            others = self.application.ask(headers=PAGE)  # the only connection serves somebody else
            self.assertEqual(others.status_code, 200)
            headers, body = self.rest(client, begun)
            self.assertIn(f"Content-Length: {len(body)}\r\n", headers)
            self.assertEqual(body, exported(self.cursor, 7, "large"))
            self.assertEqual(self.tenants, {7})

    def test_a_file_that_is_forgotten_while_it_is_sent_does_not_look_whole(self):
        with self.large_export() as (client, begun), self.assertLogs(leads_export.LOG, "ERROR") as logged:
            self.wait_for(lambda: self.engine.pool.checkedout() == 0)
            row, = self.application.call("GET", HISTORY, status="large").json["exports"]
            self.application.call("DELETE", f"{HISTORY}/{row['id']}")
            headers, body = self.rest(client, begun)
            self.assertIn(f"Content-Length: {row['bytes']}\r\n", headers)
            self.assertLess(len(body), row["bytes"])
        self.assertIn("SQLSTATE P0002", logged.output[0])
        self.assertEqual(self.engine.pool.checkedout(), 0)

    def test_whatever_ends_a_file_early_is_an_error_that_makes_a_web_server_cut_the_connection(self):
        with leads_of(self.cursor, "large", LARGE):
            for end in ("DELETE FROM export_leads.export_leads_exports",
                        "UPDATE export_leads.export_leads_exports SET state = 'expired'"):
                export_id = saved(self.cursor, 7, "large")
                pieces = self.application.call("GET", f"{HISTORY}/{export_id}").iter_encoded()
                next(pieces)
                self.cursor.execute(end)
                with self.assertLogs(leads_export.LOG, "ERROR"), self.assertRaises(ConnectionAbortedError):
                    next(pieces)

    def test_what_broke_off_can_be_gone_on_with(self):
        with self.large_export() as (client, begun):
            file = exported(self.cursor, 7, "large")
            headers, _, body = begun.partition(b"\r\n\r\n")
            etag = next(line for line in headers.decode().split("\r\n") if line.startswith("ETag: "))[6:]
            client.close()
            row, = self.application.call("GET", HISTORY, status="large").json["exports"]
            rest = self.application.call("GET", f"{HISTORY}/{row['id']}",
                                         headers={"Range": f"bytes={len(body)}-", "If-Range": etag})
            self.assertEqual((rest.status_code, body + rest.data), (206, file))

    def test_no_part_of_a_file_is_larger_than_it_has_to_be(self):
        with leads_of(self.cursor, "large", LARGE):
            export_id = saved(self.cursor, 7, "large")
            answer = self.application.call("GET", f"{HISTORY}/{export_id}")
            sizes = [len(piece) for piece in answer.iter_encoded()]
            self.assertEqual(set(sizes[:-1]), {leads_history.PART_BYTES})
            self.assertEqual(sum(sizes), int(answer.headers["Content-Length"]))


class PageTest(unittest.TestCase):
    """Over HTTP, as the users of the demonstration."""

    @classmethod
    def setUpClass(cls):
        cls.demo = cls.enterClassContext(Demo())
        cls.cursor = database()

    def ask(self, user, method, path):
        with Client(self.demo, user).request(method, path, headers=PAGE) as response:
            return response.status, json.loads(response.read() or "{}")

    def test_who_may_not_export_may_not_see_what_others_did(self):
        export_id = saved(self.cursor)
        for user, status in ((None, 401), ("agent7", 403), ("newcomer", 403), ("support", 400), ("owner21", 403)):
            for method, path in (("GET", HISTORY), ("GET", f"{HISTORY}/{export_id}"),
                                 ("DELETE", f"{HISTORY}/{export_id}")):
                with self.subTest(user=user, method=method, path=path):
                    got, answer = self.ask(user, method, path)
                    self.assertEqual(got, status)
                    self.assertRegex(answer["error"], HEBREW)
        self.assertEqual(self.ask("owner7", "DELETE", f"{HISTORY}/{export_id}")[0], 200)

    def test_no_other_method_is_offered(self):
        for method in ("POST", "PUT", "PATCH"):
            with Client(self.demo, "owner7").request(method, HISTORY, headers=PAGE) as response:
                self.assertEqual(response.status, 405)

    def test_an_unsafe_set_up_is_500(self):
        with between(self.cursor, "ALTER TABLE leads DISABLE ROW LEVEL SECURITY",
                     "ALTER TABLE leads ENABLE ROW LEVEL SECURITY"):
            self.assertEqual(self.ask("owner7", "GET", HISTORY), (500, {"error": leads_history.MESSAGES[500]}))

    def test_a_database_that_is_away_is_500(self):
        application = Application(mock.Mock(connect=engine_for(self, "missing").connect))
        with self.assertLogs(leads_export.LOG, "ERROR"):
            self.assertEqual(application.call("GET", HISTORY).status_code, 500)
