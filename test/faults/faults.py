#!/usr/bin/python3
"""Strikes exports with cancels, kills, crashes, full disks, too little memory and rewritten tables.

After each the session is as it was, the next export is right, and nothing is left: no lock, no memory, no temporary
file. The server is the one that libpq's environment variables name, the user a superuser there; where a fault takes
the whole server, one of the suite's own from servers.py. The last line says how many checks passed and failed.
"""

import contextlib
import os
import random
import signal
import sys
import threading
import time
import traceback

import psycopg2

import crm
import progress
import servers
from crm import HOLD, LET_GO, Background, Failure, Session, expect, expect_right, expect_state, wait_for_lock, wait_until

MEMORY_SLACK = 200_000  # bytes that a thousand calls may add to a session: caches settle, a leak would be more


class Skip(Exception):
    """Why a check cannot be made here."""


class Checks:
    """Makes checks, and shows each as a line of TAP."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, action, *arguments):
        started = time.monotonic()
        try:
            remark = action(*arguments)
            self.passed += 1
            print(f"ok - {name} ({time.monotonic() - started:.1f} s{'; ' + remark if remark else ''})")
        except Skip as reason:
            self.skipped += 1
            print(f"ok - {name} # SKIP {reason}")
        except Failure as failure:
            self.failed += 1
            print(f"not ok - {name}\n#   {failure}")
        except Exception:
            self.failed += 1
            print(f"not ok - {name}")
            print("\n".join(f"#   {line}" for line in traceback.format_exc().splitlines()))


@contextlib.contextmanager
def main_database():
    """The name of a database of this process alone, with the CRM."""
    name = f"export_leads_faults_{os.getpid()}"
    with Session(dbname=os.environ.get("PGDATABASE", "postgres")) as server:
        server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            crm.load(PGDATABASE=name)
            yield name
            with Session(dbname=name) as session:
                session.run("SELECT public.export_leads_teardown()")
        finally:
            server.run(f"DROP DATABASE {name} WITH (FORCE)")
            server.run("DROP ROLE IF EXISTS export_leads_reader")


def time_outs(database):
    """statement_timeout, 150 times at random."""
    with Session(dbname=database) as session:
        expected = {status: crm.expected_file(session, status) for status in ("new", "few")}
        longest = duration(session)
        state = session.state()
        chance = random.Random(1)

        def strike():
            session.run(f"SET statement_timeout = {chance.randint(1, int(longest * 1200) + 2)}")

        def settle():
            session.insist("SET statement_timeout = 0")
        return struck(session, expected, state, strike, settle)


def cancels(database):
    """pg_cancel_backend, 150 times at random."""
    with Session(dbname=database) as session, Session(dbname=database) as canceller:
        expected = {status: crm.expected_file(session, status) for status in ("new", "few")}
        longest = duration(session)
        state = session.state()
        chance = random.Random(2)
        threads = []

        def strike():
            timer = threading.Timer(chance.random() * longest, canceller.run,
                                    ("SELECT pg_catalog.pg_cancel_backend(%s)", (session.pid,)))
            timer.start()
            threads.append(timer)

        def settle():
            threads.pop().join()
            session.insist("SELECT pg_catalog.pg_sleep(0.001)")  # takes a cancel that came too late for the export
        return struck(session, expected, state, strike, settle)


def duration(session):
    """Of the slowest of a few exports, in seconds."""
    durations = []
    for _ in range(5):
        started = time.monotonic()
        session.export("new")
        durations.append(time.monotonic() - started)
    return max(durations)


def struck(session, expected, state, strike, settle):
    """150 exports, each of which is struck at some moment; checks the session and its next export after each."""
    cancelled = 0
    for _ in range(150):
        file = None
        try:
            strike()
            file = session.export("new")
        except psycopg2.errors.QueryCanceled:
            cancelled += 1
        settle()
        if file is not None:
            expect(file, expected["new"], "an export that was not cancelled in time")
        expect_state(session, state)
        expect(session.export("few"), expected["few"], "the next export")
    if cancelled < 10:
        raise Failure(f"only {cancelled} exports were cancelled")
    return f"{cancelled} of 150 cancelled"


def memory_of_failures(database):
    """1,000 failures, 200 of each kind."""
    with Session(dbname=database) as session, Session(dbname=database) as other:
        fail(session, other, 20)
        state, before = session.state(), session.memory()
        fail(session, other, 200)
        grown = session.memory() - before
        if grown > MEMORY_SLACK:
            raise Failure(f"the session has grown by {grown} bytes")
        expect_state(session, state)
        expect_right(session)
        return f"{grown:+d} bytes"


def fail(session, other, times):
    """So many failures of each kind, which the other session brings about."""
    kinds = (
        ("22P02", "few", "no number", (), ()),
        ("57014", "waits", "7", (HOLD,), (LET_GO,)),
        ("55000", "few", "7", ("ALTER TABLE public.call_log DISABLE ROW LEVEL SECURITY",),
         ("ALTER TABLE public.call_log ENABLE ROW LEVEL SECURITY",)),
        ("P0001", "fails", "7", (), ()),
        ("P0001", "few", "7",
         ("DROP POLICY export_leads_others ON public.leads",
          "CREATE POLICY site ON public.leads USING (public.site_policy(id))"),
         ("DROP POLICY site ON public.leads",
          "CREATE POLICY export_leads_others ON public.leads USING (true) WITH CHECK (true)")),
        ("55006", "exports", "7", (), ()),
    )
    for code, status, tenant, bring_about, undo in kinds:
        for statement in bring_about:
            other.run(statement)
        session.run(f"SET statement_timeout = {2 if code == '57014' else 0}")
        try:
            for _ in range(times):
                expect(session.sqlstate(session.export, status, tenant), code, f"the SQLSTATE of {status}")
        finally:
            session.insist("SET statement_timeout = 0")
            for statement in undo:
                other.run(statement)


def memory_of_successes(database):
    """1,000 exports in one session."""
    with Session(dbname=database) as session:
        expected = crm.expected_file(session, "few")
        for _ in range(20):
            session.export()
        before = session.memory()
        for _ in range(1000):
            expect(session.export(), expected, "an export")
        grown = session.memory() - before
        if grown > MEMORY_SLACK:
            raise Failure(f"the session has grown by {grown} bytes")
        return f"{grown:+d} bytes"


def terminated(database):
    """A session that is ended in the middle of an export."""
    with (Session(dbname=database) as observer, Session(dbname=database) as another,
          waiting_export(observer, dbname=database) as waiting):
        expect_right(another)
        observer.run("SELECT pg_catalog.pg_terminate_backend(%s)", (waiting.session.pid,))
        waiting.finish()
        expect(isinstance(waiting.error, psycopg2.OperationalError), True, "that the session has lost its connection")
        locks = "SELECT count(*) FROM pg_catalog.pg_locks WHERE pid = %s"
        wait_until(lambda: observer.value(locks, (waiting.session.pid,)) == 0, "its locks are gone")
        expect_right(another)
        another.run("SET lock_timeout = '5s'")
        another.run("ALTER TABLE public.leads DISABLE ROW LEVEL SECURITY")
        another.run("ALTER TABLE public.leads ENABLE ROW LEVEL SECURITY")
        expect_right(another)


@contextlib.contextmanager
def waiting_export(observer, **where):
    """A thread whose session is in the middle of an export, until the observer lets it go on."""
    session = Session(**where)
    observer.run(HOLD)
    waiting = Background(session.export, "waits")
    waiting.session = session
    try:
        wait_for_lock(observer, session.pid)
        yield waiting
    finally:
        if not observer.connection.closed:
            observer.run(LET_GO)
        waiting.join(crm.PATIENCE)
        session.connection.close()


def immediate_shutdown(own_servers):
    """A server that goes down without a checkpoint in the middle of an export, and comes up again."""
    server = own_servers.copy("crash")
    server.start()
    with server.session() as session:
        expect_right(session, "new")
    with server.session() as observer, waiting_export(observer, **server.where()) as waiting:
        server.stop(signal.SIGQUIT)
        observer.connection.close()
        waiting.finish()
        expect(waiting.result, None, "the export")
    server.start()
    with server.session() as session:
        expect_healthy(session)

    # A backend that is killed takes all sessions with it, and the server starts anew by itself.
    with server.session() as observer, waiting_export(observer, **server.where()) as waiting:
        os.kill(waiting.session.pid, signal.SIGKILL)
        waiting.finish()
        expect(waiting.result, None, "the export")
        wait_until(lambda: is_lost(observer), "the other sessions end")
    wait_until(server.takes_sessions, "the server has started anew")
    with server.session() as session:
        expect_healthy(session)
    server.remove()


def is_lost(session):
    with contextlib.suppress(psycopg2.Error):
        session.run("SELECT")
    return bool(session.connection.closed)


def expect_healthy(session):
    expect_right(session, "new")
    expect_right(session, "few")
    expect(session.value("SELECT count(*) FROM public.export_leads_check() WHERE level = 'error'"), 0, "the findings")
    expect(session.value("SELECT count(*) FROM pg_catalog.pg_ls_tmpdir()"), 0, "the temporary files")


def temporary_file_limit(database):
    """A sort that may not spill as much as it must."""
    with Session(dbname=database) as session:
        session.run("SET work_mem = '64kB'; SET enable_indexscan = off")
        expect_right(session, "new")
        session.run("SET temp_file_limit = '100kB'")
        state = session.state()
        expect(session.sqlstate(session.export, "new"), "53400", "the SQLSTATE")
        expect_state(session, state)
        expect_right(session)
        session.run("RESET temp_file_limit")
        expect_right(session, "new")
        expect(session.value("SELECT count(*) FROM pg_catalog.pg_ls_tmpdir()"), 0, "the temporary files")


def full_disk(own_servers):
    """A sort that spills to a file system of 1 MB."""
    if not servers.small_file_systems_work():
        raise Skip("this user may not mount a file system, not even in name spaces of its own")
    server = own_servers.copy("disk")
    small = server.folder / "small"
    small.mkdir()
    server.start(small=small)
    with server.session() as session:
        session.run(f"CREATE TABLESPACE small LOCATION '{small}'")
        # The spill happens as the reader, which may put it where everybody may.
        session.run("GRANT CREATE ON TABLESPACE small TO PUBLIC")
        session.run("SET work_mem = '64kB'")
        expect_right(session, "new")
        session.run("SET temp_tablespaces = small")
        state = session.state()
        for _ in range(3):
            expect(session.sqlstate(session.export, "new"), "53100", "the SQLSTATE")
            expect_state(session, state)
            expect_right(session)
        small_id = session.value("SELECT oid FROM pg_catalog.pg_tablespace WHERE spcname = 'small'")
        expect(session.value("SELECT count(*) FROM pg_catalog.pg_ls_tmpdir(%s::oid)", (small_id,)), 0, "the temporary files")
        session.run("RESET temp_tablespaces")
        expect_right(session, "new")
    server.remove()


def out_of_memory(own_servers):
    """A file of 360 MB where a process may have 500 MB: growing the buffer fails."""
    server = own_servers.copy("memory")
    server.start(address_space=500 << 20)
    with server.session() as session:
        session.run("ALTER TABLE public.leads ALTER notes SET COMPRESSION lz4")
        session.run("INSERT INTO public.leads SELECT 5000 + n, 7, 'large', 'large', repeat('x', 30 << 20) "
                    "FROM generate_series(1, 12) AS n")
        size = "SELECT octet_length(public.export_leads_csv(7, 'large'))"
        expect_right(session)
        state, memory = session.state(), session.memory()
        for _ in range(3):
            expect(session.sqlstate(session.value, size), "53200", "the SQLSTATE")
            expect_state(session, state)
            expect_right(session)
        grown = session.memory() - memory
        if grown > MEMORY_SLACK:
            raise Failure(f"the session has grown by {grown} bytes")
        session.run("DELETE FROM public.leads WHERE status = 'large' AND id > 5003")
        if session.value(size) < 3 * (30 << 20):
            raise Failure("a file that has room is not whole")
    server.remove()


def hot_standby(own_servers):
    """A standby: the same files, the same refusals, and set-up says why it cannot be run there."""
    primary = own_servers.copy("primary")
    primary.start()
    standby = servers.Server(own_servers, "standby")
    servers.run("pg_basebackup", "-h", primary.folder, "-U", "postgres", "-D", standby.data, "-R", "-c", "fast",
                "--no-sync")
    standby.start()
    with primary.session() as main, standby.session() as replica:
        expect(replica.value("SELECT pg_catalog.pg_is_in_recovery()"), True, "recovery")
        for status in ("new", "few", "nobodys"):
            expect(replica.export(status), main.export(status), f"the standby's export of {status}")
        expect_right(replica, "new")
        expect(replica.value("SELECT count(*) FROM public.export_leads_check() WHERE level = 'error'"), 0,
               "the standby's findings")

        main.run("UPDATE public.leads SET notes = 'changed' WHERE id = 50")
        main.run("ALTER TABLE public.leads DISABLE ROW LEVEL SECURITY")
        catch_up(main, replica)
        expect(replica.sqlstate(replica.export), "55000", "the SQLSTATE where row security is off")
        findings = replica.value("SELECT array_agg(name) FROM public.export_leads_check() WHERE level = 'error'")
        expect(findings, ["row_security_disabled"], "the findings")
        main.run("ALTER TABLE public.leads ENABLE ROW LEVEL SECURITY")
        catch_up(main, replica)
        expect(replica.export(), main.export(), "the standby's export after a change")

        message = message_of(replica, "SELECT * FROM public.export_leads_setup()")
        if "recovery" not in message and "read-only" not in message:
            raise Failure(f"set-up does not say why it cannot be run on a standby: {message}")
    standby.remove()
    primary.remove()
    return message


def catch_up(main, replica):
    position = main.value("SELECT pg_catalog.pg_current_wal_lsn()")
    wait_until(lambda: replica.value("SELECT pg_catalog.pg_last_wal_replay_lsn() >= %s", (position,)),
               "the standby has caught up")


def message_of(session, statement):
    try:
        session.run(statement)
    except psycopg2.Error as error:
        return error.diag.message_primary
    return "no error"


def rewritten_partition(database):
    """A partition is rewritten while an export waits for it: what it held before counts as not yet there."""
    with Session(dbname=database) as session, Session(dbname=database) as observer, Session(dbname=database) as other:
        expected = crm.expected_file(session, "new")
        try:
            other.run("BEGIN; ALTER TABLE public.leads_7 SET UNLOGGED")
            waiting = Background(session.export, "new")
            wait_for_lock(observer, session.pid)
            other.run("COMMIT")
            expect_right_or_error(waiting.finish(), waiting.error, expected)
        finally:
            other.run("ROLLBACK; ALTER TABLE public.leads_7 SET LOGGED")
        expect_right(session, "new")


def rewritten_before(database):
    """A table was rewritten after the snapshot of the transaction that exports from it."""
    with Session(dbname=database) as session, Session(dbname=database) as other:
        expected = crm.expected_file(session, "few")
        for level in ("REPEATABLE READ", "SERIALIZABLE"):
            for table in ("leads", "call_log", "lead_statuses"):
                session.run(f"BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM pg_catalog.pg_class")
                other.run(f"ALTER TABLE public.{table} ADD extra float DEFAULT random()")
                file = error = None
                try:
                    file = session.export()
                except psycopg2.Error as raised:
                    error = raised
                session.run("ROLLBACK")
                other.run(f"ALTER TABLE public.{table} DROP extra")
                expect_right_or_error(file, error, expected)
        expect_right(session)


def expect_right_or_error(file, error, expected):
    if error is None:
        expect(file, expected, "the export")
    elif not isinstance(error, psycopg2.Error) or error.pgcode not in ("40001", "55000"):
        raise Failure(f"the export fails with {error!r}")


def main():
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped and folders removed
    checks = Checks()
    with main_database() as database:
        checks.check("a statement_timeout at any moment leaves the session as it was", time_outs, database)
        checks.check("a cancel at any moment leaves the session as it was", cancels, database)
        checks.check("more than 1,000 failures of six kinds leave no memory behind", memory_of_failures, database)
        checks.check("1,000 exports in one session are equal and leave no memory behind", memory_of_successes, database)
        checks.check("an export whose session is terminated leaves no lock, and the others go on", terminated, database)
        checks.check("a temp_file_limit is a clear error", temporary_file_limit, database)
        checks.check("a running export shows its progress, and none when it has ended", progress.shown, database)
        checks.check("an export that fails ends its progress", progress.ended_by_errors, database)
        checks.check("an export that is cancelled ends within a second, and its progress", progress.ended_by_cancels, database)
        checks.check("an export in a COPY leaves the progress to it", progress.of_a_copy, database)
        checks.check("a partition rewritten while an export waits for it is not empty", rewritten_partition, database)
        checks.check("a table rewritten since the transaction's snapshot is not empty", rewritten_before, database)
    with servers.all_servers() as own_servers:
        checks.check("after a crash in the middle of an export the next is right", immediate_shutdown, own_servers)
        checks.check("a full disk under a sort is a clear error", full_disk, own_servers)
        checks.check("too little memory for the file is a clear error", out_of_memory, own_servers)
        checks.check("a hot standby exports the same files, and refuses set-up clearly", hot_standby, own_servers)
    skipped = f", {checks.skipped} skipped" if checks.skipped else ""
    print(f"{checks.passed} passed, {checks.failed} failed{skipped}")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
