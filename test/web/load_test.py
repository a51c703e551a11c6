"""Many exports at once, large ones, and ones that break off."""

import http.client
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from demo import EXPORT, Client, Demo, database, exported, leads_of

AT_ONCE = 50
MEGABYTE = 1 << 20


class LoadTest(unittest.TestCase):
    def setUp(self):
        self.demo = self.enterContext(Demo())
        self.cursor = database()

    def test_50_requests_at_once_through_a_pool_are_each_right(self):
        expected = {"owner7": exported(self.cursor, 7, "new"), "admin13": exported(self.cursor, 13, "new")}
        clients = [(user, Client(self.demo, user)) for user in expected] * (AT_ONCE // 2)
        together = threading.Barrier(AT_ONCE)

        def export(client):
            together.wait()
            return client.export(status_id="new")

        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(export, [client for _, client in clients]))
        self.assertEqual([status for status, _, _ in answers], [200] * AT_ONCE)
        self.assertTrue(all(body == expected[user] for (user, _), (_, _, body) in zip(clients, answers)))

    def test_an_export_of_100_MB_takes_no_more_memory_than_a_few_pieces(self):
        client = Client(self.demo, "owner7")
        client.export(status_id="new")
        before = self.demo.peak_memory()
        size = 0
        with leads_of(self.cursor, "large", "SELECT repeat('a', 1 << 20) FROM generate_series(1, 100)"):
            with client.request("GET", f"{EXPORT}?status_id=large") as response:
                self.assertEqual((response.status, response.getheader("X-Lead-Count")), (200, "100"))
                while piece := response.read(MEGABYTE):
                    size += len(piece)
        growth = self.demo.peak_memory() - before
        self.assertGreater(size, 100 * MEGABYTE)
        self.assertLess(growth, 24 * MEGABYTE)

    def test_a_file_that_breaks_off_is_never_taken_for_a_whole_one(self):
        client = Client(self.demo, "owner7")
        with leads_of(self.cursor, "large", "SELECT repeat('a', 1 << 20) FROM generate_series(1, 50)"):
            with client.request("GET", f"{EXPORT}?status_id=large") as response:
                response.read(MEGABYTE)
                self.cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                    " WHERE datname = 'crm_web' AND usename = 'crm_web'")
                with self.assertRaises(http.client.IncompleteRead):
                    response.read()
        self.assertIn("SQLSTATE", self.demo.log_text())
        self.assertEqual(client.export(status_id="new")[0], 200)
