"""Sessions with the database that the faults strike, and what they compare."""

import contextlib
import os
import pathlib
import subprocess
import threading
import time

import psycopg2

from checks import Failure, expect
from leads import csv_file, isoformat
from session import ServerSession

SQL = pathlib.Path(__file__).with_name("crm.sql")
LEADS_QUERY = """
    SELECT lead.id, lead.name, lead.created_at, call.created_at, call.call_status, lead.notes
    FROM public.leads AS lead LEFT JOIN public.call_log AS call ON call.lead_id = lead.id AND call.tenant_id = 7
    WHERE lead.tenant_id = 7 AND lead.status = %s
    ORDER BY lead.created_at DESC, lead.id DESC
"""
STATE_QUERY = """
    SELECT json_object_agg(name, setting)
    FROM (SELECT name, setting FROM pg_catalog.pg_settings WHERE name <> 'statement_timeout'
          UNION ALL VALUES ('user', current_user::text), ('session user', session_user::text),
                           ('tenant', public.export_leads_tenant())) AS state
"""
HOLD = "SELECT pg_catalog.pg_advisory_lock(1)"     # leads named `waits` wait from here
LET_GO = "SELECT pg_catalog.pg_advisory_unlock(1)"  # to here
PATIENCE = 20.0  # seconds until something that must happen counts as not happening


def load(**environment):
    """Makes the CRM in the database that the environment names."""
    subprocess.run(["psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-f", SQL], check=True,
                   env={**os.environ, **environment})


class Session(ServerSession):
    """One with the CRM."""

    def run(self, statement, values=None):
        """The first row, where there are rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone() if cursor.description else None

    def export(self, status="few", tenant="7"):
        return self.value("SELECT public.export_leads_csv(%s::text, %s)", (tenant, status))

    def insist(self, statement):
        """Runs what can only fail by a cancel that was meant for the export, until it does not."""
        while True:
            try:
                return self.run(statement)
            except psycopg2.errors.QueryCanceled:
                pass

    def state(self):
        """User, tenant and all settings."""
        return self.insist(STATE_QUERY)[0]

    def memory(self):
        return int(self.value("SELECT sum(total_bytes) FROM pg_catalog.pg_backend_memory_contexts"))


def expect_state(session, before):
    after = session.state()
    both = {name: (before.get(name), after.get(name)) for name in before | after}
    changes = {name: values for name, values in both.items() if values[0] != values[1]}
    expect(changes, {}, "what has changed in the session")


def expected_file(session, status):
    """What an export of tenant 7 must return: csv.writer's bytes of a plain query's rows."""
    label = session.run("SELECT label FROM public.lead_statuses WHERE tenant_id = 7 AND name = %s", (status,))
    label = label[0] if label else status
    with session.connection.cursor() as cursor:
        cursor.execute(LEADS_QUERY, (status,))
        return csv_file((status, label, lead_id, name, None, None, isoformat(created_at), isoformat(called_at),
                         call_status, None, notes)
                        for lead_id, name, created_at, called_at, call_status, notes in cursor)


def expect_right(session, status="few"):
    expect(session.export(status), expected_file(session, status), f"the export of {status}")


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"after {PATIENCE:g} s still not: {what}")
        time.sleep(0.005)


class Background(threading.Thread):
    """Something that blocks, in a thread: its result or its error is there when it has ended."""

    def __init__(self, action, *arguments):
        super().__init__(daemon=True)
        self.action = action
        self.arguments = arguments
        self.result = None
        self.error = None
        self.start()

    def run(self):
        try:
            self.result = self.action(*self.arguments)
        except Exception as error:
            self.error = error

    def finish(self):
        self.join(PATIENCE)
        if self.is_alive():
            raise Failure(f"after {PATIENCE:g} s a statement has not ended")
        return self.result


def wait_for_lock(observer, pid):
    """Until that session waits for a lock."""
    wait_until(lambda: observer.value("SELECT count(*) FROM pg_catalog.pg_stat_activity "
                                      "WHERE pid = %s AND wait_event_type = 'Lock'", (pid,)) == 1,
               "a session waits for a lock")


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
        waiting.join(PATIENCE)
        session.connection.close()
