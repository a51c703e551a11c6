"""How answers travel: conditional requests, ranges, HEAD, an application's own hooks, and clients that go away."""

import socket
import struct
import threading
import time
import unittest

import flask
from werkzeug.serving import make_server

from application import Application, engine_for
from demo import COLUMNS, COUNT, EXPORT, database, exported, leads_of, one

CONDITIONS = (
    {"If-None-Match": "*"}, {"If-None-Match": '"anything"'}, {"If-Match": '"anything"'}, {"Range": "bytes=0-9"},
    {"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"}, {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
    {"Range": "bytes=0-9", "If-Range": '"anything"'},
)
LARGE = "SELECT repeat('a', 1 << 20) FROM generate_series(1, 30)"


class DeliveryTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.engine = engine_for(self)  # one connection
        self.application = Application(self.engine)

    def make_all_answers_conditional(self):
        @self.application.flask.after_request
        def hook(response):
            response.add_etag()
            return response.make_conditional(flask.request, accept_ranges=True, complete_length=100)

    def assert_whole(self, headers):
        file = exported(self.cursor, 7, "new")
        for method in ("GET", "HEAD"):
            with self.subTest(headers, method=method):
                answer = self.application.ask(method, headers=headers)
                self.assertEqual((answer.status_code, answer.data), (200, file if method == "GET" else b""))
                self.assertEqual(answer.headers.get("Content-Length"), str(len(file)) if method == "GET" else None)
                for name in ("ETag", "Last-Modified", "Content-Range", "Accept-Ranges"):
                    self.assertNotIn(name, answer.headers)

    def test_an_export_comes_whole_whatever_the_client_has_or_wants_of_it(self):
        for headers in ({}, *CONDITIONS):
            self.assert_whole(headers)

    def test_an_export_comes_whole_through_a_hook_that_makes_answers_conditional(self):
        self.make_all_answers_conditional()
        etag = self.application.ask(address=COUNT).headers["ETag"]
        self.assertEqual(self.application.ask(address=COUNT, headers={"If-None-Match": etag}).status_code, 304)
        for headers in ({}, *CONDITIONS):
            self.assert_whole(headers)

    def test_such_a_hook_does_not_take_a_large_export_into_memory(self):
        self.make_all_answers_conditional()
        with leads_of(self.cursor, "large", LARGE):
            answer = self.application.ask(status_id="large")
            pieces = answer.iter_encoded()
            size = len(next(pieces))
            self.assertEqual((answer.status_code, size, self.engine.pool.checkedout()), (200, 1 << 20, 1))
            size += sum(len(piece) for piece in pieces)
            self.assertEqual((answer.headers["Content-Length"], self.engine.pool.checkedout()), (str(size), 0))
            answer.close()

    def test_head_is_answered_by_all_three_addresses(self):
        for address in (EXPORT, COUNT, COLUMNS):
            query = {"address": address, "status_id": None if address == COLUMNS else "new"}
            head, whole = self.application.ask("HEAD", **query), self.application.ask(**query)
            self.assertEqual((head.status_code, head.data, head.content_type), (200, b"", whole.content_type))
            self.assertEqual(head.headers["Cache-Control"], "no-store")
            refused = self.application.ask("HEAD", **{**query, "x": "y"})
            self.assertEqual((refused.status_code, refused.data), (400, b""))

    def serve(self):
        """Serves the application on a port of its own."""
        server = make_server("127.0.0.1", 0, self.application.flask, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return server.port

    def test_a_client_that_goes_away_frees_its_connection(self):
        connections = []  # kept, so that none is freed merely because nobody holds it

        def connect():
            connections.append(self.engine.connect())
            return connections[-1]

        self.addCleanup(lambda: [connection.close() for connection in connections])
        self.application = Application(self.engine, connect=connect)
        port = self.serve()
        with leads_of(self.cursor, "large", LARGE):
            for linger in (struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)):  # is cut off, and ends as usual
                client = socket.create_connection(("127.0.0.1", port), timeout=60)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                client.sendall(f"GET {EXPORT}?status_id=large HTTP/1.1\r\nHost: crm\r\n\r\n".encode())
                self.assertTrue(client.recv(1 << 16).startswith(b"HTTP/1.1 200"))
                # more than the sockets hold is left: the server waits for the client, its transaction open
                self.until_in_transaction(1)
                client.close()
                self.assertEqual(self.application.ask().status_code, 200)
                self.until_in_transaction(0)
                self.assertEqual(self.engine.pool.checkedout(), 0)

    def until_in_transaction(self, count):
        """Waits until that many sessions of the application idle in a transaction."""
        deadline = time.monotonic() + 20
        while one(self.cursor, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'crm_web'"
                               " AND state = 'idle in transaction'") != count:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
