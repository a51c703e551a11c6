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


def in_an_older_snapshot(database):
    """An export in a snapshot from before an index that the session's earlier exports have used, and that lacks what
    the snapshot sees."""
    with Session(dbname=database) as owner, Session(dbname=database) as old, Session(dbname=database) as session:
        owner.run("INSERT INTO public.lead_statuses "
                  "SELECT 7, 'status ' || n, 'label' FROM generate_series(1, 20000) AS n")
        owner.run("ALTER TABLE public.lead_statuses SET (fillfactor = 50)")
        owner.run("VACUUM FULL ANALYZE public.lead_statuses")
        old.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        snapshot = old.value("SELECT pg_catalog.pg_export_snapshot()")
        expected = crm.expected_file(old, "new")
        try:
            owner.run("UPDATE public.lead_statuses SET name = 'renamed' WHERE tenant_id = 7 AND name = 'new'")
            owner.run("CREATE INDEX since ON public.lead_statuses (tenant_id, name)")
            expect(owner.value("SELECT indcheckxmin FROM pg_index WHERE indexrelid = 'public.since'::regclass"), True,
                   "whether the index is not for older snapshots")
            expect_right(session, "new")
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
            session.run(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            expect(session.export("new"), expected, "the export in the older snapshot")
        finally:
            session.run("ROLLBACK")
            old.run("ROLLBACK")
            owner.run("DROP INDEX public.since; DELETE FROM public.lead_statuses WHERE name LIKE 'status %%'")
            owner.run("UPDATE public.lead_statuses SET name = 'new' WHERE name = 'renamed'")


def expect_right_or_error(file, error, expected):
    if error is None:
        expect(file, expected, "the export")
    elif not isinstance(error, psycopg2.Error) or error.pgcode not in ("40001", "55000"):
        raise Failure(f"the export fails with {error!r}")
