"""Exports from tables that are rewritten meanwhile."""

import psycopg2

import crm
from checks import Failure, expect
from crm import Background, Session, expect_right, wait_for_lock


def while_waiting(database):
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


def before_reading(database):
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
