"""What the bounds of a range mean: whole days in the site's time zone, exact moments, and nothing else."""

import contextlib
import itertools
import unittest

from application import Application, engine_for
from demo import COUNT, between, database
from web.api import leads_export

# Each lead by the moment it was created at, in UTC, which is the zone of the column.
LEADS = {
    "evening": "2025-12-31 21:59:59.999999",
    "late evening": "2025-12-31 22:30",  # in Israel it is January by then
    "night": "2025-12-31 23:59:59.999999",
    "new year": "2026-01-01 00:00",
    "far future": "9999-12-31 23:59:59.999999",
    "beyond": "10000-01-01 00:00",
}
REFUSED = (
    "05/12/2025", "12/05/2025", "5.12.2025", "25-12-05", "2025/12/05", "20251205", "2025-12", "2025-W49-5", "2025-339",
    "yesterday", "today", "now", "infinity", "-infinity", "epoch", "allballs", "2025-12-5", "2025-13-01", "2025-02-29",
    "0000-01-01", "10000-01-01", "-2025-12-05", "2025-12-05 BC", "2025-12-05\n", " 2025-12-05", "2025-12-05 ",
    "٢٠٢٥-١٢-٠٥", "２０２５-１２-０５", "2025-12-0５", "2025-12-05T10:0٥", "2025‐12‐05", "2025-12-05T", "2025-12-05T10",
    "2025-12-05T24:00", "2025-12-05T10:60", "2025-12-05T10:30:60", "2025-12-05T10:30:00.", "2025-12-05t10:30",
    "2025-12-05T10:30z", "2025-12-05T10:30 Asia/Jerusalem", "2025-12-05T10:30 +02:00", "2025-12-05T10:30+99:00",
    "2025-12-05T10:30+2", "2025-12-05T10:30+02:60", "2025-12-05T10:30:00.1234567", "2025-12-05 10:30 PM", "45999",
    # the "+" of "2025-12-05T10:30+02:00" and of "2025-12-05+02:00", where nobody has encoded it
    "2025-12-05T10:30 02:00", "2025-12-05T10:30:00 02:00", "2025-12-05 10:30:00 02:00", "2025-12-05 02:00",
)


class DaysTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        values = ", ".join(f"(7, 'days', '{name}', '{moment}')" for name, moment in LEADS.items())
        self.enterContext(between(
            self.cursor, f"INSERT INTO leads (tenant_id, status, name, created_at) VALUES {values}",
            "DELETE FROM leads WHERE status = 'days'"))
        self.application = Application(engine_for(self))

    @contextlib.contextmanager
    def shown_time_zone(self, zone):
        set_up = "SELECT count(*) FROM export_leads.export_leads_setup(shown_time_zone => '{}')"
        with between(self.cursor, set_up.format(zone), set_up.format("")):
            yield

    def connection_time_zone(self, zone):
        """The time zone of connections that are made from then on."""
        self.application = Application(engine_for(self))
        return between(self.cursor, f"ALTER ROLE crm_web SET timezone = '{zone}'",
                       "ALTER ROLE crm_web RESET timezone")

    def assert_finds(self, names, **bounds):
        with self.subTest(bounds):
            answer = self.application.ask(status_id="days", columns="full_name", **bounds)
            self.assertEqual(answer.status_code, 200, answer.data)
            self.assertEqual(set(answer.get_data(as_text=True).split("\r\n")[1:-1]), set(names))
            count = self.application.ask(address=COUNT, status_id="days", **bounds)
            self.assertEqual(count.json, {"count": len(names)})

    def test_a_range_of_days_holds_its_last_day(self):
        self.assert_finds(["evening", "late evening", "night"], created_from="2025-12-31", created_to="2025-12-31")
        self.assert_finds(["evening", "late evening", "night", "new year"], created_from="2025-12-31",
                          created_to="2026-01-01")
        self.assert_finds(["evening", "late evening", "night"], created_to="2025-12-31")
        self.assert_finds(["new year", "far future", "beyond"], created_from="2026-01-01")
        self.assert_finds([], created_from="2026-01-02", created_to="2026-01-03")

    def test_the_last_day_that_python_knows_is_whole_too(self):
        self.assert_finds(["far future"], created_from="9999-12-31", created_to="9999-12-31")
        self.assert_finds(["far future", "beyond"], created_from="9999-12-31")

    def test_a_day_is_the_site_s_whatever_zone_the_connection_is_in(self):
        for zone in ("UTC", "Asia/Jerusalem", "America/Los_Angeles"):
            with self.connection_time_zone(zone):
                self.assert_finds(["evening", "late evening", "night"], created_from="2025-12-31",
                                  created_to="2025-12-31")
                with self.shown_time_zone("Asia/Jerusalem"):
                    self.assert_finds(["evening"], created_from="2025-12-31", created_to="2025-12-31")
                    self.assert_finds(["late evening", "night", "new year"], created_from="2026-01-01",
                                      created_to="2026-01-01")

    def test_a_time_without_an_offset_is_the_site_s_too(self):
        with self.connection_time_zone("America/Los_Angeles"), self.shown_time_zone("Asia/Jerusalem"):
            found = ["night", "new year", "far future", "beyond"]
            for half_past in ("2026-01-01T00:30", "2026-01-01T00:30:00", "2026-01-01 00:30:00"):
                self.assert_finds(["late evening", *found], created_from=half_past)
            self.assert_finds(found, created_from="2026-01-01T00:30:00.000001")

    def test_a_time_with_an_offset_is_that_moment_and_the_last_one_is_left_out(self):
        for zone in ("", "Asia/Jerusalem"):
            with self.shown_time_zone(zone):
                for moment in ("2025-12-31T22:30:00Z", "2025-12-31T22:30Z", "2026-01-01T00:30:00+02:00",
                               "2026-01-01 00:30:00+0200", "2026-01-01T00:30+02", "2025-12-31T17:30:00.000-05:00"):
                    self.assert_finds(["evening"], created_to=moment)
                    self.assert_finds(["late evening", "night", "new year", "far future", "beyond"],
                                      created_from=moment)

    def test_a_day_and_a_time_may_bound_one_range(self):
        with self.shown_time_zone("Asia/Jerusalem"):
            self.assert_finds(["late evening"], created_from="2026-01-01", created_to="2025-12-31T23:00:00Z")
            self.assert_finds(["late evening", "night", "new year"], created_from="2025-12-31T22:30:00Z",
                              created_to="2026-01-01")

    def test_no_bound_finds_every_lead(self):
        for bounds in ({}, {"created_from": "", "created_to": ""}):
            self.assert_finds(LEADS, **bounds)

    def test_what_is_no_day_is_400_and_says_which_bound_it_is(self):
        for name, given in itertools.product(("created_from", "created_to"), REFUSED):
            for address in ("", "/count"):
                with self.subTest(name=name, given=given, address=address):
                    answer = self.application.ask(address=leads_export.ADDRESS + address, **{name: given})
                    self.assertEqual((answer.status_code, list(answer.json)), (400, ["error"]), answer.data)
                    self.assertIn(f'"{name}"', answer.json["error"])
                    self.assertIn("2025-12-31", answer.json["error"])

    def test_a_range_that_ends_before_it_begins_is_400(self):
        for created_from, created_to in (
                ("2025-12-02", "2025-12-01"), ("9999-12-31", "2025-12-01"), ("2026-01-02", "2026-01-01"),
                ("2025-12-02T00:01", "2025-12-01"), ("2025-12-02", "2025-12-01T23:59:00Z"),
                ("2025-12-02T00:00:00Z", "2025-12-02T00:00:00+01:00")):
            for address in ("", "/count"):
                with self.subTest(created_from=created_from, created_to=created_to, address=address):
                    answer = self.application.ask(address=leads_export.ADDRESS + address, created_from=created_from,
                                                  created_to=created_to)
                    self.assertEqual((answer.status_code, answer.json["error"]), (400, leads_export.REVERSED_DAYS))
