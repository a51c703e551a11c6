"""Set-up and teardown on a live system: while an application writes the tables and exports read them."""

import contextlib
import threading
import time

import psycopg2

from checks import Failure, expect
from crm import Background, Session, wait_for_lock
from session import scratch_database

ROUNDS = 20
WRITERS = 4
SANITY = 10.0  # seconds that no writer should ever wait
# The foreign keys lock the leads of calls, and the statuses of leads.
TABLES = """
CREATE TABLE lead_statuses (tenant_id int, name text, label text, PRIMARY KEY (tenant_id, name));
CREATE TABLE leads (id int PRIMARY KEY, tenant_id int, name text, status text, notes text, created_at timestamp,
                    FOREIGN KEY (tenant_id, status) REFERENCES lead_statuses);
CREATE TABLE call_log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int,
                       lead_id int REFERENCES leads ON DELETE CASCADE, call_status text,
                       created_at timestamp DEFAULT now()) PARTITION BY RANGE (id);
CREATE TABLE call_log_early PARTITION OF call_log FOR VALUES FROM (0) TO (500);
CREATE TABLE call_log_late PARTITION OF call_log DEFAULT;
CREATE INDEX ON call_log (lead_id);
INSERT INTO lead_statuses SELECT 7, 'status' || n, 'label' FROM generate_series(0, 9) AS n;
INSERT INTO leads SELECT n, 7, 'lead', 'status' || n / 100, NULL, now() FROM generate_series(1, 999) AS n;
CREATE EXTENSION export_leads;
"""
# In every order that an application may lock the three tables in. {lead} and {status} are the writer's own.
TRANSACTIONS = (
    "INSERT INTO call_log (tenant_id, lead_id) VALUES (7, {lead})",
    "BEGIN; UPDATE leads SET notes = 'called' WHERE id = {lead}; "
    "INSERT INTO call_log (tenant_id, lead_id) VALUES (7, {lead}); COMMIT",
    "BEGIN; INSERT INTO call_log (tenant_id, lead_id) VALUES (7, {lead}); "
    "UPDATE leads SET status = 'status{status}' WHERE id = {lead}; COMMIT",
    "BEGIN; UPDATE lead_statuses SET label = 'renamed' WHERE name = 'status{status}'; "
    "UPDATE leads SET notes = 'again' WHERE id = {lead}; "
    "INSERT INTO call_log (tenant_id, lead_id) VALUES (7, {lead}); COMMIT",
    "BEGIN; DELETE FROM leads WHERE id = {new}; "
    "INSERT INTO leads (id, tenant_id, status) VALUES ({new}, 7, 'status0'); "
    "UPDATE lead_statuses SET label = 'label' WHERE name = 'status{status}'; COMMIT",
)
EXPORT = "SELECT public.export_leads_csv(7, 'status9')"
SET_UP = "SELECT count(*) FROM public.export_leads_setup()"
TEAR_DOWN = "SELECT count(*) FROM public.export_leads_teardown()"
NOT_SET_UP = ("55000", "40001")


@contextlib.contextmanager
def live_database():
    """The name of a database with tables that foreign keys connect, and the extension."""
    with scratch_database("live") as name:
        with Session(dbname=name) as session:
            session.run(TABLES)
        yield name


class Load(threading.Thread):
    """Statements of one session, again and again until it is stopped."""

    def __init__(self, database, stopped, statements, accepted=()):
        super().__init__(daemon=True)
        self.stopped = stopped
        self.statements = statements
        self.accepted = accepted
        self.session = Session(dbname=database)
        self.count = 0
        self.longest = 0.0
        self.errors = []
        self.start()

    def run(self):
        while not self.stopped.is_set():
            for statement in self.statements:
                started = time.monotonic()
                try:
                    self.session.run(statement)
                    self.count += 1
                except psycopg2.Error as error:
                    if error.pgcode not in self.accepted:
                        self.errors.append(f"{error.pgcode} {error}")
                    self.session.run("ROLLBACK")
                self.longest = max(self.longest, time.monotonic() - started)


@contextlib.contextmanager
def under_load(database):
    """Writers and an exporter, which end and are looked at with the block."""
    stopped = threading.Event()
    writers = [Load(database, stopped, [t.format(lead=n + 1, new=2000 + n, status=n + 1) for t in TRANSACTIONS])
               for n in range(WRITERS)]
    exporter = Load(database, stopped, [EXPORT], NOT_SET_UP)
    try:
        yield writers, exporter
    finally:
        stopped.set()
        for load in (*writers, exporter):
            load.join(SANITY)
            load.session.connection.close()
    for load in (*writers, exporter):
        expect(load.errors, [], "errors of the application")


def run_until_done(session, statement):
    """As a DBA does: tries again, as the hint says, where a table could not be locked. Returns how often it gave up."""
    for given_up in range(20):
        try:
            session.run(statement)
            return given_up
        except psycopg2.errors.LockNotAvailable:
            pass
    raise Failure(f"{statement} has given up 20 times")


def no_application_error():
    """Set-up may give up, where the machine is busy; no writer ever fails. What a writer waits is shown."""
    with live_database() as name, Session(dbname=name) as session:
        slowest = 0.0
        given_up = 0
        with under_load(name) as (writers, exporter):
            for _ in range(ROUNDS):
                for statement in (SET_UP, TEAR_DOWN):
                    started = time.monotonic()
                    given_up += run_until_done(session, statement)
                    slowest = max(slowest, time.monotonic() - started)
        longest = max(writer.longest for writer in writers)
        if longest > SANITY:
            raise Failure(f"a writer waited for {longest:.1f} s")
        if exporter.count == 0:
            raise Failure("no export has succeeded")
        return (f"{sum(writer.count for writer in writers)} transactions, the longest in {longest * 1000:.0f} ms; "
                f"{exporter.count} exports; the slowest call in {slowest * 1000:.0f} ms; "
                f"{given_up} calls gave up")


def gives_up():
    """What cannot be locked is an error that says what to do, with nothing left of the attempts, and keeps nobody."""
    with live_database() as name, Session(dbname=name) as session, Session(dbname=name) as reader:
        reader.run("BEGIN; SELECT count(*) FROM public.lead_statuses")
        session.run("SET lock_timeout = '150ms'")
        with under_load(name) as (writers, _):
            try:
                session.run(SET_UP)
                raise Failure("set-up locked what somebody reads")
            except psycopg2.errors.LockNotAvailable as error:
                expect(error.diag.message_primary.endswith('" is in use'), True, "whether the error says what is")
                expect("pg_locks" in error.diag.message_hint, True, "whether its hint shows who uses the table")
        expect(session.value("SHOW lock_timeout"), "150ms", "the caller's lock_timeout")
        expect(reader.value("SELECT count(*) FROM pg_catalog.pg_locks WHERE pid = %s AND relation IS NOT NULL",
                            (session.pid,)), 0, "locks of the session")
        expect(session.value("SELECT count(*) FROM public.export_leads_configuration"), 0, "what is left of a set-up")
        longest = max(writer.longest for writer in writers)
        if longest > SANITY:
            raise Failure(f"a writer waited for {longest:.1f} s")
        return f"the longest transaction took {longest * 1000:.0f} ms"


def obeys_time_outs():
    """A statement_timeout ends the attempts; a caller's lock_timeout is kept to."""
    with live_database() as name, Session(dbname=name) as session, Session(dbname=name) as reader:
        reader.run("BEGIN; SELECT count(*) FROM public.call_log")
        session.run("SET statement_timeout = '300ms'; SET lock_timeout = '5ms'")
        expect(session.sqlstate(session.run, SET_UP), "57014", "the error of a set-up that has run out of time")
        reader.run("COMMIT")
        session.run("SET statement_timeout = 0")
        session.run(SET_UP)


def unchanged():
    """Set-up that has nothing to do on the tables waits for nobody who writes them; nor does a column."""
    with live_database() as name, Session(dbname=name) as session, Session(dbname=name) as writer:
        session.run(SET_UP)
        writer.run(TRANSACTIONS[3].format(lead=1, status=1).removesuffix("; COMMIT"))
        session.run("SET statement_timeout = '10s'; SET lock_timeout = '1s'")
        for statement in (SET_UP, "SELECT count(*) FROM public.export_leads_setup(grants_required => true)",
                          "SELECT public.export_leads_add_column('own', 'call.id')",
                          "SELECT count(*) FROM public.export_leads_teardown(dry_run => true)",
                          "SELECT public.export_leads_remove_column('own')"):
            session.run(statement)


def in_any_order():
    """A transaction that was there first goes on, in whatever order it comes to the tables, and set-up after it."""
    insert, update, rename = ("INSERT INTO call_log (tenant_id, lead_id) VALUES (7, 1)",
                              "UPDATE leads SET status = 'status2' WHERE id = 1",
                              "UPDATE lead_statuses SET label = 'other' WHERE name = 'status1'")
    with live_database() as name, Session(dbname=name) as session, Session(dbname=name) as writer:
        for first, then in ((insert, update), (update, insert), (rename, insert), (insert, rename), (rename, update)):
            for statement in (SET_UP, TEAR_DOWN):
                writer.run(f"BEGIN; {first}")
                waiting = Background(session.run, statement)
                time.sleep(0.3)  # some attempts
                writer.run(f"{then}; COMMIT")
                waiting.finish()
                expect(waiting.error, None, f"the error of {statement} beside {first}; {then}")


def migration_beside():
    """While set-up waits for one table, somebody may alter the others, and what he decides holds."""
    with live_database() as name, Session(dbname=name) as session, Session(dbname=name) as reader, \
            Session(dbname=name) as other:
        reader.run("BEGIN; SELECT count(*) FROM lead_statuses")
        waiting = Background(session.run, SET_UP)
        wait_for_lock(reader, session.pid)
        other.run("SET lock_timeout = '2s'; BEGIN; ALTER TABLE call_log ADD migrated int; "
                  "ALTER TABLE leads ADD migrated int, ENABLE ROW LEVEL SECURITY; COMMIT")
        reader.run("COMMIT")
        waiting.finish()
        expect(waiting.error, None, "the error of set-up")
        session.run(TEAR_DOWN)
        secured = session.value("SELECT array_agg(relname::text) FROM pg_catalog.pg_class WHERE relrowsecurity "
                                "AND relname !~ '^export_leads'")
        expect(secured, ["leads"], "the tables with row security after teardown")


def partition_in_use():
    """While one partition is locked, set-up keeps nobody from the rest."""
    with live_database() as name, Session(dbname=name) as session, Session(dbname=name) as other, \
            Session(dbname=name) as writer:
        other.run("BEGIN; LOCK TABLE call_log_early")
        waiting = Background(session.run, SET_UP)
        wait_for_lock(writer, session.pid)
        try:
            writer.run("SET statement_timeout = '1s'")
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                writer.run("UPDATE leads SET notes = 'written' WHERE id = 1")
        finally:
            other.run("COMMIT")
            waiting.finish()
        expect(waiting.error, None, "the error of set-up")
