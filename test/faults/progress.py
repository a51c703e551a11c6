"""What others see of an export while it runs: a row of pg_stat_progress_copy, which is gone when the export is."""

import contextlib
import io
import time

from checks import Failure, expect
from crm import HOLD, LET_GO, PATIENCE, Background, Session, expect_right, wait_for_lock

EXPORTS = {
    "csv": "SELECT length(public.export_leads_csv(7, '{}'))",
    "csv_stream": "SELECT count(*) FROM public.export_leads_csv_stream(7, '{}')",
    "file": "SELECT lead_count FROM public.export_leads_file(7, '{}')",
}
PROGRESS = """
    SELECT command, type, relid, datname = current_database(), bytes_processed, tuples_processed
    FROM pg_catalog.pg_stat_progress_copy WHERE pid = %s
"""
# An error that the statement itself catches: the subtransaction ends, the transaction goes on.
CAUGHT = """
    DO $$
    BEGIN
        PERFORM public.export_leads_csv(7, 'then_fails');
    EXCEPTION WHEN raise_exception THEN
        IF EXISTS (SELECT FROM pg_catalog.pg_stat_progress_copy WHERE pid = pg_backend_pid()) THEN
            RAISE 'the progress has outlived the export';
        END IF;
    END
    $$
"""


def shown(database):
    """In the middle of 300 leads, of which the 201st waits."""
    with Session(dbname=database) as observer, Session(dbname=database) as session:
        leads = observer.value("SELECT 'public.leads'::regclass::oid")
        for name, export in EXPORTS.items():
            with waiting(observer, session, session.value, export.format("then_ends")) as background:
                command, kind, relation, is_here, size, count = observer.run(PROGRESS, (session.pid,))
                expect((command, kind, relation, is_here), ("COPY TO", "CALLBACK", leads, True), f"the row of {name}")
                if not (64 <= count <= 200 and 10 * count <= size <= 1000 * count):
                    raise Failure(f"{name}: {count} leads and {size} bytes")
            if background.finish() is None:
                raise background.error
            expect_gone(observer, session)
        expect_right(session, "then_ends")


def ended_by_errors(database):
    with Session(dbname=database) as observer, Session(dbname=database) as session:
        for export in EXPORTS.values():
            with waiting(observer, session, session.sqlstate, session.value, export.format("then_fails")) as background:
                expect_shown(observer, session)
            expect(background.finish(), "P0001", "the SQLSTATE")
            expect_gone(observer, session)
        session.run(CAUGHT)
        expect_right(session)


def ended_by_cancels(database):
    with Session(dbname=database) as observer, Session(dbname=database) as session:
        for export in EXPORTS.values():
            with waiting(observer, session, session.sqlstate, session.value, export.format("then_ends")) as background:
                expect_shown(observer, session)
                started = time.monotonic()
                observer.run("SELECT pg_catalog.pg_cancel_backend(%s)", (session.pid,))
                expect(background.finish(), "57014", "the SQLSTATE")
                if time.monotonic() - started > 1:
                    raise Failure(f"it took {time.monotonic() - started:.1f} s")
                expect_gone(observer, session)
        expect_right(session)


def of_a_copy(database):
    """COPY reports its own progress, which is none of the export's."""
    copy = "COPY (SELECT public.export_leads_csv(7, 'then_ends')) TO STDOUT"
    with Session(dbname=database) as observer, Session(dbname=database) as session:
        with waiting(observer, session, session.connection.cursor().copy_expert, copy, io.StringIO()) as background:
            expect(observer.run(PROGRESS, (session.pid,))[:3], ("COPY TO", "PIPE", 0), "the row")
        background.finish()
        if background.error is not None:
            raise background.error
        expect_gone(observer, session)


@contextlib.contextmanager
def waiting(observer, session, action, *arguments):
    """A thread whose session is in the middle of an export, until the end of the block."""
    observer.run(HOLD)
    background = None
    try:
        background = Background(action, *arguments)
        wait_for_lock(observer, session.pid)
        yield background
    finally:
        observer.run(LET_GO)
        if background is not None:
            background.join(PATIENCE)


def expect_shown(observer, session):
    expect(observer.value("SELECT count(*) FROM pg_catalog.pg_stat_progress_copy WHERE pid = %s", (session.pid,)), 1,
           "the rows of progress while it runs")


def expect_gone(observer, session):
    expect(observer.run(PROGRESS, (session.pid,)), None, "the progress afterwards")
