"""Large exports, which parallel workers make parts of, struck in the middle."""

import contextlib
import os
import signal
import threading

from checks import expect
from crm import HOLD, LET_GO, Background, Session, wait_for_lock, wait_until
from outages import is_lost
from session import scratch_database

WORKERS = """
    SELECT pid FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'parallel worker' AND leader_pid = %s AND wait_event_type = 'Lock'
"""
LOCKS = """
    SELECT activity.backend_type, locks.mode
    FROM pg_catalog.pg_locks AS locks JOIN pg_catalog.pg_stat_activity AS activity USING (pid)
    WHERE locks.relation = 'public.leads'::regclass AND activity.backend_type <> 'autovacuum worker'
"""
TABLES = """
    CREATE TABLE public.leads (id int PRIMARY KEY, tenant_id int, name text, status text, notes text,
                               created_at timestamp);
    CREATE TABLE public.lead_statuses (tenant_id int, name text, label text);
    CREATE TABLE public.call_log (id int PRIMARY KEY, tenant_id int, lead_id int, call_status text,
                                  created_at timestamp);
    INSERT INTO public.leads
    SELECT n, CASE n % 3 WHEN 0 THEN 13 ELSE 7 END, 'lead ' || n, 'new', 'note',
           timestamp '2025-01-01' + n * interval '1 s'
    FROM generate_series(1, 3000) AS n;
    INSERT INTO public.call_log SELECT n, 7, n, 'answered', '2025-02-01' FROM generate_series(1, 3000) AS n;
    CREATE INDEX ON public.leads (tenant_id, status, created_at DESC, id DESC);
    CREATE INDEX ON public.call_log (lead_id, created_at DESC, id DESC);
    ANALYZE public.leads, public.call_log;
    CREATE EXTENSION export_leads;
    SELECT export_leads_setup();
"""
# Workers wait at every lead while somebody holds the lock; the leader goes on, until it needs what they make.
WAITS = """
    CREATE FUNCTION public.worker_waits(lead int) RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    BEGIN
      IF pg_backend_pid() <> current_setting('test.leader')::int THEN
        PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1);
      ELSE
        PERFORM pg_sleep(0.0002);
      END IF;
      RETURN lead;
    END;
    $$;
    SELECT export_leads_add_column('waits', 'public.worker_waits(lead.id)', 'waits');
"""
EXPORT = "SELECT public.export_leads_csv(7, 'new', '{lead_id,full_name,created_at,last_call_at,waits}')"


def make(session):
    session.run(TABLES)
    session.run(WAITS)


def be_leader(session):
    """Has exports of the session made with workers, as the planner's costs would have it for large ones."""
    for setting, value in (("test.leader", session.pid), ("parallel_setup_cost", 0),
                           ("max_parallel_workers_per_gather", 2)):
        session.run("SELECT pg_catalog.set_config(%s, %s, false)", (setting, str(value)))


def serial_file(session):
    session.run("SET max_parallel_workers_per_gather = 0")
    file = session.value(EXPORT)
    session.run("SET max_parallel_workers_per_gather = 2")
    return file


@contextlib.contextmanager
def waiting_workers(observer, **where):
    """A thread whose session exports with workers, which wait; `workers` are their process ids."""
    session = Session(**where)
    be_leader(session)
    observer.run(HOLD)
    waiting = Background(session.value, EXPORT)
    waiting.session = session
    try:
        wait_until(lambda: observer.rows(WORKERS, (session.pid,)), "a worker waits for a lock")
        waiting.workers = [pid for pid, in observer.rows(WORKERS, (session.pid,))]
        yield waiting
    finally:
        if not observer.connection.closed:
            observer.run("SELECT pg_catalog.pg_advisory_unlock_all()")
        waiting.join()
        session.connection.close()


def struck():
    """Whatever ends one process of an export, there is an error and no file, and nothing stays behind."""
    strikes = (("a cancel", "57014", lambda export: cancel(observer, export.session.pid)),
               ("a cancelled worker", "57014", lambda export: cancel(observer, export.workers[0])),
               ("a terminated worker", "57P01", lambda export: terminate(observer, export.workers[0])))
    with scratch_database("faults") as database, Session(dbname=database) as observer:
        make(observer)
        be_leader(observer)
        file = serial_file(observer)
        for what, sqlstate, strike in strikes:
            with waiting_workers(observer, dbname=database) as export:
                strike(export)
                export.finish()
                expect((export.result, getattr(export.error, "pgcode", None)), (None, sqlstate), what)
                expect(observer.rows(WORKERS, (export.session.pid,)), [], f"the workers after {what}")
                expect(export.session.value("SELECT public.export_leads_tenant()"), None, f"the tenant after {what}")
                observer.run(LET_GO)
                expect(export.session.value(EXPORT), file, f"the export after {what}")
        with waiting_workers(observer, dbname=database, options="-c statement_timeout=3s") as export:
            export.finish()
            expect((export.result, export.error.pgcode), (None, "57014"), "a time-out")
        expect(observer.rows(LOCKS), [], "who holds locks on the leads")


def cancel(observer, pid):
    expect(observer.value("SELECT pg_catalog.pg_cancel_backend(%s)", (pid,)), True, "pg_cancel_backend")


def terminate(observer, pid):
    expect(observer.value("SELECT pg_catalog.pg_terminate_backend(%s)", (pid,)), True, "pg_terminate_backend")


def in_one_snapshot():
    """Leads that move to another range, come and go while workers wait are read as the snapshot has them."""
    with scratch_database("faults") as database, Session(dbname=database) as observer:
        make(observer)
        be_leader(observer)
        file = serial_file(observer)
        with waiting_workers(observer, dbname=database) as export:
            observer.run("UPDATE public.leads SET created_at = created_at + interval '30 minutes' WHERE id % 5 = 0")
            observer.run("DELETE FROM public.leads WHERE id % 5 = 1")
            observer.run("UPDATE public.call_log SET created_at = '2025-03-01' WHERE id % 5 = 2")
            observer.run("INSERT INTO public.leads SELECT 10000 + n, 7, 'late', 'new', NULL, timestamp '2025-01-01' + "
                         "n * interval '1 s' FROM generate_series(1, 3000, 2) AS n")
            observer.run(LET_GO)
            expect(export.finish(), file, "the file")
        for isolation in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "SERIALIZABLE, READ ONLY, DEFERRABLE"):
            with Session(dbname=database) as session:
                be_leader(session)
                session.run(f"BEGIN ISOLATION LEVEL {isolation}")
                session.run("SELECT count(*) FROM public.leads")
                if "ONLY" not in isolation:
                    session.run("DELETE FROM public.leads WHERE id % 5 = 3")  # the transaction's own, not yet committed
                    session.run("SAVEPOINT before")
                    session.run("UPDATE public.leads SET created_at = created_at - interval '20 minutes' "
                                "WHERE id % 7 = 0")
                observer.run("UPDATE public.call_log SET created_at = created_at + interval '1 day' WHERE id % 5 = 4")
                file = serial_file(session)
                expect(session.value(EXPORT), file, f"the file in {isolation}")
                session.run("ROLLBACK")


def renamed_status():
    """A status of an enum that is renamed after it was found is another one for nobody: the file is whole, or there is
    an error."""
    with scratch_database("faults") as database, Session(dbname=database) as observer:
        make(observer)
        observer.run("CREATE TYPE public.status AS ENUM ('new', 'old')")
        observer.run("ALTER TABLE public.leads ALTER status TYPE public.status USING status::public.status")
        # Holds the leader while it looks at the times of the leads, when the workers may have found the status.
        observer.run("CREATE FUNCTION public.waits(lead int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE "
                     "AS $$BEGIN IF lead = 5 THEN PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1); "
                     "END IF; RETURN true; END$$")
        observer.run("CREATE POLICY site ON public.leads AS RESTRICTIVE USING (public.waits(id))")
        observer.run("SELECT export_leads_setup(accepted_policies => '{site}')")
        be_leader(observer)
        file = serial_file(observer)
        session = Session(dbname=database)
        be_leader(session)
        observer.run(HOLD)
        waiting = Background(session.value, EXPORT)
        wait_for_lock(observer, session.pid)
        observer.run("ALTER TYPE public.status RENAME VALUE 'new' TO 'fresh'")
        observer.run(LET_GO)
        waiting.finish()
        whole = waiting.result == file
        expect(whole or getattr(waiting.error, "pgcode", None) == "40001", True,
               f"whether the file is whole or there is an error, of {len(waiting.result or '')} bytes of {len(file)}")
        session.connection.close()


def beside_moves():
    """While all leads move to other ranges again and again, each is in a file once: the workers' snapshot, which they
    take up after the leader has its own, is the same."""
    with scratch_database("faults") as database, Session(dbname=database) as observer:
        make(observer)
        be_leader(observer)
        count = observer.value("SELECT count(*) FROM public.leads WHERE tenant_id = 7")
        moves = threading.Event()
        mover = Background(move, database, moves)
        try:
            for _ in range(20):
                ids = [line.split(",")[0] for line in observer.value(EXPORT).splitlines()[1:]]
                expect((len(ids), len(set(ids))), (count, count), "the leads, and how many different ones")
        finally:
            moves.set()
            mover.finish()
        expect(mover.error, None, "the error of who moves the leads")


def move(database, is_enough):
    with Session(dbname=database) as session:
        while not is_enough.is_set():
            session.run("UPDATE public.leads "
                        "SET created_at = timestamp '2025-01-01' + (timestamp '2025-01-02' - created_at)")


def killed(own_servers):
    """A worker that is killed takes all sessions with it; then the server starts anew."""
    server = own_servers.copy("workers")
    server.start()
    with server.session() as observer:
        observer.run("CREATE DATABASE workers TEMPLATE template0 ENCODING 'UTF8'")
    where = {**server.where(), "dbname": "workers"}
    with Session(**where) as observer:
        make(observer)
        be_leader(observer)
        file = serial_file(observer)
    with Session(**where) as observer:
        with waiting_workers(observer, **where) as export:
            os.kill(export.workers[0], signal.SIGKILL)
            export.finish()
            expect(export.result, None, "the export")
            wait_until(lambda: is_lost(observer), "the other sessions end")
    wait_until(server.takes_sessions, "the server has started anew")
    with Session(**where) as session:
        be_leader(session)
        expect(session.value(EXPORT), file, "the export after it")
    server.remove()
