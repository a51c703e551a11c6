"""Files of the history struck while they are saved, fetched and forgotten: they are there in whole, or not at all."""

import contextlib
import signal

import servers
from checks import expect
from crm import Background, Session, expected_file, wait_for_lock, wait_until
from outages import kill, message_of

SAVE = "SELECT export_id FROM public.export_leads_save(7, %s)"
KEPT = "SELECT body FROM public.export_leads_saved(7, %s)"
LARGE = 1_500_000  # bytes that hardly get fewer when they are compressed, and more than a small file system has


def save(session, status="few"):
    return session.value(SAVE, (status,))


def expect_nothing_kept(session):
    counts = session.run("SELECT (SELECT count(*) FROM public.export_leads_exports), "
                         "(SELECT count(*) FROM public.export_leads_pieces)")
    expect(counts, (0, 0), "the rows of the history, and of its files")


def expect_saves(session):
    """The next save is right, and then there is nothing again."""
    export_id = save(session)
    expect(bytes(session.value(KEPT, (export_id,))).decode(), expected_file(session, "few"), "the kept file")
    session.run("SELECT public.export_leads_forget(7, %s)", (export_id,))
    expect_nothing_kept(session)


@contextlib.contextmanager
def waiting_save(observer, **where):
    """A thread whose session has stored the row of a file, and waits to store the first of its pieces."""
    saver = Session(**where)
    with Session(**where) as locker:
        locker.run("BEGIN")
        locker.run("LOCK TABLE public.export_leads_pieces IN SHARE MODE")
        waiting = Background(save, saver)
        waiting.session = saver
        wait_for_lock(observer, saver.pid)
        yield waiting
    saver.connection.close()


def cancelled(database):
    with Session(dbname=database) as observer:
        # What a session that is terminated is told, its connection no longer has.
        for strike, sqlstate in (("pg_cancel_backend", "57014"), ("pg_terminate_backend", None)):
            with waiting_save(observer, dbname=database) as waiting:
                expect(observer.value(f"SELECT pg_catalog.{strike}(%s)", (waiting.session.pid,)), True, strike)
                waiting.finish()
                expect((waiting.result, waiting.error.pgcode), (None, sqlstate), strike)
            expect_nothing_kept(observer)
            expect_saves(observer)
        with Session(dbname=database) as session:
            observer.run("BEGIN")
            observer.run("LOCK TABLE public.export_leads_pieces IN SHARE MODE")
            session.run("SET statement_timeout = '1s'")
            expect(session.sqlstate(save, session), "57014", "the SQLSTATE of a save that is timed out")
            observer.run("ROLLBACK")
            session.run("RESET statement_timeout")
            expect_nothing_kept(observer)
            expect_saves(session)


def crashed(own_servers):
    server = own_servers.copy("saving")
    server.start()
    with server.session() as observer, waiting_save(observer, **server.where()) as waiting:
        kill(waiting, observer)
    wait_until(server.takes_sessions, "the server has started anew")
    with server.session() as session:
        expect_nothing_kept(session)
        expect_saves(session)

    with server.session() as observer, waiting_save(observer, **server.where()) as waiting:
        server.stop(signal.SIGQUIT)
        waiting.finish()
        expect(waiting.result, None, "the save")
    server.start()
    with server.session() as session:
        expect_nothing_kept(session)
        expect_saves(session)
    server.remove()


def full_disk(own_servers):
    """The pieces have a disk of their own, which is full before a file is whole."""
    with servers.server_with_small_disk(own_servers, "full") as session:
        session.run("ALTER TABLE public.export_leads_pieces SET TABLESPACE small")
        session.run("INSERT INTO public.leads (id, tenant_id, status, notes, created_at) "
                    "SELECT 1000000 + n, 7, 'large', "
                    "pg_catalog.string_agg(pg_catalog.md5((n * 100000 + m)::text), ''), '2025-01-01' "
                    "FROM pg_catalog.generate_series(1, 10) AS n, "
                    "pg_catalog.generate_series(1, %s) AS m GROUP BY n", (LARGE // 320 * 2,))
        for _ in range(2):
            expect(session.sqlstate(save, session, "large"), "53100", "the SQLSTATE of a save to a full disk")
            expect_nothing_kept(session)
        message = message_of(session, "SELECT * FROM public.export_leads_save(7, 'large')")
        session.run("ALTER TABLE public.export_leads_pieces SET TABLESPACE pg_default")
        expect_saves(session)
    return message


def more_than_memory(own_servers):
    """A file of 600 MB where a process may have 350 MB: neither saving nor fetching it needs it in whole."""
    server = own_servers.copy("small")
    server.start(address_space=350 << 20)
    with server.session() as session:
        session.run("ALTER TABLE public.leads ALTER notes SET COMPRESSION lz4")
        session.run("INSERT INTO public.leads SELECT 5000 + n, 7, 'lead', 'large', "
                    "pg_catalog.repeat(pg_catalog.chr(64 + n), 15 << 20), '2025-01-01' "
                    "FROM pg_catalog.generate_series(1, 40) AS n")
        export_id, leads, size = session.run("SELECT export_id, lead_count, size "
                                             "FROM public.export_leads_save(7, 'large')")
        expect((leads, size > 40 * (15 << 20)), (40, True), f"the leads, of {size} bytes")
        # A file that is read in whole has its SHA-256 compared.
        expect(session.value("SELECT pg_catalog.sum(pg_catalog.octet_length(piece)) "
                             "FROM public.export_leads_saved_pieces(7, %s) AS piece", (export_id,)), size,
               "the bytes that are fetched")
        # The newest lead, with the last letter, comes first.
        part = "SELECT pg_catalog.string_agg(piece, '') FROM public.export_leads_saved_pieces(7, %s, %s, 1000) AS piece"
        for first_byte, letter in ((1 << 20, b"h"), (size - (20 << 20), b"B"), (size - (1 << 20), b"A")):
            expect(bytes(session.value(part, (export_id, first_byte))), letter * 1000, f"what is at {first_byte}")
        expect(session.sqlstate(session.value, KEPT, (export_id,)), "53200", "the SQLSTATE of fetching it as a value")
        expect(session.sqlstate(session.value, "SELECT pg_catalog.octet_length(public.export_leads_csv(7, 'large'))"),
               "53200", "the SQLSTATE of exporting it as a value")
    server.remove()


def quota_at_once(database):
    """Two at once, in whatever isolation, do not keep more than the tenant's quota."""
    with Session(dbname=database) as first, Session(dbname=database) as second:
        size = first.value("SELECT size FROM public.export_leads_save(7, 'few')")
        first.run("DELETE FROM public.export_leads_exports")
        first.run("SELECT count(*) FROM public.export_leads_setup(tenant_quota => %s)", (2 * size - 1,))
        for isolation in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
            first.run("BEGIN")
            save(first)
            second.run(f"BEGIN ISOLATION LEVEL {isolation}")
            second.run("SELECT count(*) FROM public.leads")  # which takes the snapshot
            waiting = Background(second.sqlstate, save, second)
            with Session(dbname=database) as observer:
                wait_for_lock(observer, second.pid)
            first.run("COMMIT")
            expect(waiting.finish(), "54000", f"the second save, in {isolation}")
            second.run("ROLLBACK")
            expect(first.value("SELECT count(*) FROM public.export_leads_exports"), 1, f"the files, in {isolation}")
            first.run("DELETE FROM public.export_leads_exports")
        first.run("SELECT count(*) FROM public.export_leads_setup(tenant_quota => 10737418240)")


def readers_beside(database):
    """Who fetches a file waits for nobody, and has it in whole, or an error where it is forgotten meanwhile."""
    with Session(dbname=database) as first, Session(dbname=database) as second:
        export_id = save(first, "new")
        whole = bytes(first.value(KEPT, (export_id,)))
        for isolation in ("READ COMMITTED", "REPEATABLE READ"):
            first.run(f"BEGIN ISOLATION LEVEL {isolation}")
            second.run(f"BEGIN ISOLATION LEVEL {isolation}")
            second.run("SELECT count(*) FROM public.leads")
            second.run("SET LOCAL lock_timeout = '10s'")
            expect(bytes(first.value(KEPT, (export_id,))), whole, "the file in one transaction")
            expect(bytes(second.value(KEPT, (export_id,))), whole, "the file in another one")
            second.run("COMMIT")
            first.run("COMMIT")
        second.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        second.run("SELECT count(*) FROM public.leads")
        first.value(KEPT, (export_id,))
        expect(bytes(second.value(KEPT, (export_id,))), whole, "the file, after another has fetched it")
        second.run("COMMIT")

        part = "SELECT pg_catalog.string_agg(piece, '') FROM public.export_leads_saved_pieces(7, %s, %s, %s) AS piece"
        middle = len(whole) // 2
        second.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        begun = bytes(second.value(part, (export_id, 1, middle)))  # not from byte 0 on: it counts no download
        first.run("SELECT public.export_leads_forget(7, %s)", (export_id,))
        rest = bytes(second.value(part, (export_id, middle + 1, None)))
        expect(whole[:1] + begun + rest, whole, "a file that is forgotten while one transaction fetches it")
        second.run("COMMIT")
        expect(second.sqlstate(second.run, part, (export_id, middle, None)), "P0002",
               "the rest of a file that was forgotten")

        export_id = save(first, "new")
        begun = bytes(second.value(part, (export_id, 0, middle)))
        first.run("UPDATE public.export_leads_exports SET finished_at = finished_at - interval '31 days'")
        first.run("SELECT public.export_leads_purge()")
        expect(second.sqlstate(second.run, part, (export_id, middle, None)), "P0002",
               "the rest of a file that was purged")
        expect(begun, whole[:middle], "its beginning")
        first.run("DELETE FROM public.export_leads_exports")


def set_up_beside(database):
    """Set-up for other tenants that waits for the transaction of a save sees what that has kept."""
    with Session(dbname=database) as saver, Session(dbname=database) as dba:
        for table in ("leads", "call_log"):
            dba.run(f"ALTER TABLE public.{table} ADD agency_id int")
        set_up = ("SELECT count(*) FROM public.export_leads_setup("
                  "lead_tenant => 'agency_id', call_tenant => 'agency_id', status_tenant => '')")
        for isolation in ("repeatable read", "serializable"):
            dba.run(f"SET default_transaction_isolation = '{isolation}'")
            expect(dba.sqlstate(dba.run, set_up), "55000", f"set-up in {isolation}")
        dba.run("RESET default_transaction_isolation")
        saver.run("BEGIN")
        save(saver)
        waiting = Background(dba.sqlstate, dba.run, set_up)
        with Session(dbname=database) as observer:
            wait_for_lock(observer, dba.pid)
        saver.run("COMMIT")
        expect(waiting.finish(), "55000", "the set-up that waited")
        dba.run("DELETE FROM public.export_leads_exports")
        for table in ("leads", "call_log"):
            dba.run(f"ALTER TABLE public.{table} DROP agency_id")
        expect_saves(dba)


def any_isolation(database):
    """A timer's call, whatever the isolation that the site has as its default."""
    with Session(dbname=database) as session:
        for isolation in ("read committed", "repeatable read", "serializable"):
            session.run("SELECT public.export_leads_schedule(7, 'few', '08:00')")
            session.run("UPDATE public.export_leads_schedules SET next_run = pg_catalog.now()")
            session.run(f"SET default_transaction_isolation = '{isolation}'")
            session.run("CALL public.export_leads_run_due()")
            session.run("RESET default_transaction_isolation")
            expect(session.value("SELECT array_agg(state) FROM public.export_leads_exports"), ["done"],
                   f"what a run left in {isolation}")
            session.run("DELETE FROM public.export_leads_exports")
            session.run("DELETE FROM public.export_leads_schedules")
