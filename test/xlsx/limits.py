"""What workbooks take: memory, also when they fail; that they can be stopped; and where a sheet is full."""

import contextlib
import pathlib
import re
import threading
import time

import psycopg2

import crm
from checks import Failure, expect

MEGABYTE = 1 << 20
PATIENCE = 20.0  # seconds until something that must happen counts as not happening


def private_memory(pid):
    """The bytes of a process that it shares with no other: its heap, not PostgreSQL's buffers."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) << 10


class Peak(threading.Thread):
    """The most private memory that a process has, from start to stop."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.bytes = 0
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.002):
            self.bytes = max(self.bytes, private_memory(self.pid))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        self.join()


def size(session, status, columns=None):
    return session.value("SELECT octet_length(export_leads_xlsx(7, %s, %s))", (status, columns))


def memory_grows_with_the_result_only():
    """100,000 leads whose notes are large and all the same."""
    with crm.database() as session:
        session.rows("INSERT INTO leads SELECT n, 7, 'name', '+972541234567', NULL, NULL, "
                     "CASE n WHEN 1 THEN 'one' ELSE 'new' END, repeat('n', 3000), "
                     "timestamp '2025-01-01' + n * interval '1 s' FROM generate_series(1, 100001) AS n; ANALYZE leads")
        size(session, "one")
        before = private_memory(session.pid)
        with Peak(session.pid) as peak:
            result = size(session, "new")
        grown = peak.bytes - before
        if grown > 2.2 * result + 2 * MEGABYTE:
            raise Failure(f"{grown} bytes more for a result of {result}")
        return f"{grown / 1e6:.1f} MB more for a workbook of {result / 1e6:.1f} MB that holds over 300 MB of XML"


@contextlib.contextmanager
def breaking_crm():
    """1,000 leads, of which one in the middle breaks the column `breaks` and waits for a lock in the column `waits`."""
    with crm.database() as session:
        session.rows("INSERT INTO leads SELECT n, 7, 'name ' || n, '+972541234567', NULL, NULL, 'new', "
                     "repeat('note ', 20), timestamp '2025-01-01' + n * interval '1 s' "
                     "FROM generate_series(1, 1000) AS n")
        session.rows("CREATE FUNCTION wait_at(id int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
                     "IF id = 500 THEN PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1); END IF; "
                     "RETURN id; END $$")
        session.rows("SELECT export_leads_add_column('breaks', '1 / (lead.id - 500)'), "
                     "export_leads_add_column('waits', 'public.wait_at(lead.id)')")
        yield session


def failures_leave_no_memory():
    """1,000 of them: neither PostgreSQL's memory nor any that is not PostgreSQL's, such as zlib's."""
    with breaking_crm() as session:
        def fail(times):
            for _ in range(times):
                expect(session.sqlstate(size, session, "new", ["notes", "breaks"]), "22012", "the SQLSTATE")

        def used():
            contexts = session.value("SELECT sum(total_bytes) FROM pg_backend_memory_contexts")
            return int(contexts), private_memory(session.pid)
        fail(20)
        before = used()
        fail(1000)
        contexts, private = (after - earlier for after, earlier in zip(used(), before))
        if contexts > 200_000 or private > 2 * MEGABYTE:
            raise Failure(f"{contexts} bytes in memory contexts, {private} bytes in all")
        session.export()
        return f"{contexts:+d} bytes in memory contexts, {private:+d} bytes in all"


def a_stopped_workbook_leaves_the_session_usable():
    """By statement_timeout and by pg_cancel_backend, while the middle of a workbook waits for a lock."""
    with breaking_crm() as session, crm.Session(session.name) as other:
        whole = session.export(columns=["lead_id", "waits"])
        other.rows("SELECT pg_advisory_lock(1)")
        for _ in range(20):
            session.rows("SET statement_timeout = 30")
            expect(session.sqlstate(size, session, "new", ["waits"]), "57014", "the SQLSTATE")
            session.rows("RESET statement_timeout")
            assert session.export(columns=["lead_id"]), "the next export"
        for _ in range(20):
            cancel = threading.Thread(target=cancel_when_waiting, args=(other, session.pid))
            cancel.start()
            expect(session.sqlstate(size, session, "new", ["waits"]), "57014", "the SQLSTATE")
            cancel.join()
            assert session.export(columns=["lead_id"]), "the next export"
        other.rows("SELECT pg_advisory_unlock(1)")
        assert session.export(columns=["lead_id", "waits"]) == whole, "the whole workbook"
        expect(session.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0, "the locks")


def cancel_when_waiting(session, pid):
    end = time.monotonic() + PATIENCE
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active' AND wait_event = 'advisory'"
    while session.value(waiting, (pid,)) == 0 and time.monotonic() < end:
        time.sleep(0.002)
    session.rows("SELECT pg_cancel_backend(%s)", (pid,))


def a_sheet_holds_so_many_leads_and_no_more():
    with crm.database() as session:
        session.rows("INSERT INTO leads (id, tenant_id, status, created_at) SELECT n, 7, 'new', '2025-01-01' "
                     "FROM generate_series(1, 1048575) AS n; ANALYZE leads")
        columns = ["lead_id"]
        workbook = session.export(columns=columns)
        session.rows("INSERT INTO leads (id, tenant_id, status, created_at) VALUES (0, 7, 'new', '2025-01-01')")
        try:
            size(session, "new", columns)
        except psycopg2.Error as error:
            expect((error.pgcode, error.diag.message_primary),
                   ("54000", "a sheet holds at most 1048575 leads"), "the error")
            expect(error.diag.message_hint,
                   "Narrow the export with created_from and created_to, or export CSV.", "the hint")
        else:
            raise Failure("a sheet has a lead too many")
        return f"a workbook of {len(workbook) / 1e6:.1f} MB"


def checks():
    yield "memory grows with the result only", memory_grows_with_the_result_only
    yield "1,000 exports that fail in the middle leave no memory behind", failures_leave_no_memory
    yield "a workbook stopped in the middle leaves the session usable", a_stopped_workbook_leaves_the_session_usable
    yield "a sheet holds 1,048,575 leads, and one more is an error", a_sheet_holds_so_many_leads_and_no_more
