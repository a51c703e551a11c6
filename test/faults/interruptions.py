"""Exports that are timed out, cancelled, or lose their session."""

import random
import threading
import time

import psycopg2

import crm
from checks import Failure, expect
from crm import Session, expect_right, expect_state, wait_until, waiting_export


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
