"""What the server's log says of exports where export_leads.log_exports is on: a line for each, whatever becomes of it,
with what was asked for and nothing of a lead."""

import json
import os
import re
import signal
from unittest import mock

import psycopg2

import servers
from checks import Failure, expect
from crm import HOLD, LET_GO, Background, wait_for_lock, wait_until

# Each function, with the format and the fields that its line has beside those of every call.
CALLS = {
    "SELECT octet_length(public.export_leads_csv(7, 'few')), 40":
        {"function": "export_leads_csv", "format": "csv"},
    "SELECT sum(octet_length(piece)), 40 FROM public.export_leads_csv_stream('7', 'few', '{notes,lead_id}') AS piece":
        {"function": "export_leads_csv_stream", "format": "csv", "columns": "{notes,lead_id}"},
    "SELECT octet_length(public.export_leads_xlsx(7, 'few', created_to => '2025-01-02')), 28":
        {"function": "export_leads_xlsx", "format": "xlsx", "created_to": "2025-01-02"},
    "SELECT octet_length(body), lead_count FROM public.export_leads_file(7, 'few')":
        {"function": "export_leads_file", "format": "csv"},
    "SELECT octet_length(body), lead_count FROM export_leads_file(7, 'few', 'xlsx', '{phone}', '2025-01-01 1:0')":
        {"function": "export_leads_file", "format": "xlsx", "columns": "{phone}", "created_from": "2025-01-01 1:0"},
    "SELECT 0, public.export_leads_count(7, 'few', '2025-01-02')":
        {"function": "export_leads_count", "created_from": "2025-01-02"},
    "SELECT 0, 0 FROM public.export_leads_explain(7, 'few', true)":
        {"function": "export_leads_explain", "run": "t"},
}
# Calls that fail, with their lines' fields.
FAILURES = {
    "SELECT public.export_leads_csv(7, 'חדש')": {"sqlstate": "22023", "status": "חדש"},
    "SELECT public.export_leads_csv(7, E'a\"}\\nLOG:  export_leads: {\"role\": \"x\"}')":
        {"sqlstate": "22023", "status": 'a"}\nLOG:  export_leads: {"role": "x"}'},
    "SELECT public.export_leads_csv(NULL::text, 'few')": {"sqlstate": "22004", "status": "few"},
    "SELECT public.export_leads_csv('seven', 'few')": {"sqlstate": "22P02", "tenant": "seven", "status": "few"},
    "SELECT public.export_leads_csv(7, repeat('א', 1000))": {"sqlstate": "22023", "status": "א" * 128 + "..."},
    "SELECT public.export_leads_csv(7, 'fails')": {"sqlstate": "P0001", "status": "fails"},
}
SUCCESS = "00000"
LINE = re.compile(r"^[\d-]+ [\d:.]+ UTC \[\d+\] LOG:  export_leads: (.*)$", re.MULTILINE)


class Log:
    """The lines of a server's log that came since it was last read."""

    def __init__(self, server):
        self.path = server.log
        self.place = self.path.stat().st_size

    def text(self):
        with self.path.open("rb") as file:
            file.seek(self.place)
            text = file.read().decode("utf-8")
            self.place = file.tell()
        return text

    def lines(self):
        """What the lines on exports hold, but for how long they took, which is a number."""
        found = [json.loads(line) for line in LINE.findall(self.text())]
        for fields in found:
            if not 0 < fields.pop("milliseconds") < 1000 * 60:
                raise Failure(f"a line has an odd time: {fields}")
        return found

    def line(self):
        lines = self.lines()
        expect(len(lines), 1, f"the number of lines, {lines}")
        return lines[0]


def fields(**others):
    """A line of a superuser's export of the leads `few`, and what is different in it."""
    return {"role": "postgres", "session_role": "postgres", "tenant": "7", "status": "few", "leads": 0, "bytes": 0,
            "sqlstate": SUCCESS, **others}


def every_export(own_servers):
    server = own_servers.copy("logged")
    server.start()
    with server.session() as session:
        log = Log(server)
        session.export()
        expect(log.lines(), [], "the log where it is off")
        session.run("SET export_leads.log_exports = on")
        for call, wanted in CALLS.items():
            size, count = session.run(call)
            expect(log.line(), fields(leads=count, bytes=size, **wanted), call)
        several_at_once(session, log)
        expect_failures(session, log)
        roles_and_users(session, log)
    killed(server)
    beyond_the_callers_reach(server)
    on_a_standby(own_servers, server)
    beyond_the_reach_of_connection_options(server)
    cancelled_while_the_library_is_loaded(server)
    server.remove()


def several_at_once(session, log):
    """A transaction that is rolled back has a line, and so has each of several exports."""
    session.run("BEGIN READ ONLY")
    session.run("SELECT public.export_leads_csv(7, 'few'), public.export_leads_csv(7, 'nobodys')")
    session.run("ROLLBACK")
    expect([(line["status"], line["leads"]) for line in log.lines()], [("few", 40), ("nobodys", 0)], "both lines")


def expect_failures(session, log):
    for call, wanted in FAILURES.items():
        try:
            session.run(call)
            raise Failure(f"{call} does not fail")
        except psycopg2.Error:
            line = log.line()
        expect({name: line.get(name) for name in ("tenant", "format", *wanted)},
               {"tenant": None if "NULL" in call else "7", "format": "csv", **wanted}, call)
    # An error whose message quotes a lead's data.
    session.run("SELECT public.export_leads_add_column('number', 'lead.notes::int')")
    expect(session.sqlstate(session.run, "SELECT public.export_leads_csv(7, 'few', '{number}')"), "22P02", "SQLSTATE")
    session.run("SELECT public.export_leads_remove_column('number')")
    expect(log.line(), fields(function="export_leads_csv", format="csv", columns="{number}", sqlstate="22P02"),
           "the line of an error that quotes a lead")


def roles_and_users(session, log):
    """Who calls, for whom the application says that it does, and who owns the function in between."""
    session.run("CREATE ROLE web LOGIN")
    session.run("CREATE ROLE wrapper")
    session.run("SELECT public.export_leads_allow('wrapper')")
    session.run("""CREATE FUNCTION public.wrapped() RETURNS bigint LANGUAGE sql SECURITY DEFINER
                   AS $$SELECT public.export_leads_count(7, 'few')$$""")
    session.run("ALTER FUNCTION public.wrapped() OWNER TO wrapper")
    session.run("SET ROLE web")
    session.run("SET export_leads.requested_by = E'דנה \"ה\"\\nLOG:  export_leads: {}'")
    session.run("SELECT public.wrapped()")
    for reset in ("RESET ALL", "RESET ROLE"):
        session.run(reset)
    expect(log.line(), fields(role="wrapper", requested_by='דנה "ה"\nLOG:  export_leads: {}', leads=40,
                              function="export_leads_count"), "the line of a wrapped call")


def killed(server):
    """An export that is cancelled has a line, and so has one whose session is ended in the middle of it."""
    with server.session() as observer, server.session() as session:
        session.run("SET export_leads.log_exports = on")
        observer.run(HOLD)
        log = Log(server)
        session.run("SET statement_timeout = 100")
        expect(session.sqlstate(session.export, "waits"), "57014", "the SQLSTATE")
        expect(log.line(), fields(function="export_leads_csv", format="csv", status="waits", sqlstate="57014"),
               "the line of an export that was cancelled")
        session.run("RESET statement_timeout")
        background = Background(session.export, "waits")
        wait_for_lock(observer, session.pid)
        log = Log(server)
        os.kill(session.pid, signal.SIGTERM)
        background.finish()
        wait_until(lambda: session.pid not in [row[0] for row in observer.rows("SELECT pid FROM pg_stat_activity")],
                   "the session has ended")
        observer.run(LET_GO)
        expect(log.line(), fields(function="export_leads_csv", format="csv", status="waits", sqlstate="FATAL"),
               "the line of a session that was ended")


def beyond_the_callers_reach(server):
    """What a superuser switches on no other role switches off, not even before the library is loaded."""
    with server.session() as session:
        session.run("SELECT public.export_leads_allow('web')")
        session.run("ALTER DATABASE postgres SET export_leads.log_exports = on")
    for attempt in ("SET export_leads.log_exports = off", "SET SESSION export_leads.log_exports = 0",
                    "ALTER ROLE web SET export_leads.log_exports = off", "SET log_min_messages = panic",
                    "SET client_min_messages = log", "RESET ALL", "DISCARD ALL"):
        for is_loaded in (False, True):
            with servers.crm.Session(**{**server.where(), "user": "web"}) as session:
                if is_loaded:
                    session.export()
                session.sqlstate(session.run, attempt)
            with servers.crm.Session(**{**server.where(), "user": "web"}) as session:
                if is_loaded:
                    session.export()
                session.sqlstate(session.run, attempt)
                log = Log(server)
                session.export()
                notices = "".join(session.connection.notices)
                if '"function"' in notices:
                    raise Failure(f"the caller sees the line: {notices}")
                expect(log.line()["role"], "web", f"the line after {attempt}")


def beyond_the_reach_of_connection_options(server):
    """They replace a superuser's value before the library is loaded, wherever that is set, and nobody checks their
    bytes."""
    with server.session() as session:
        session.run("ALTER DATABASE postgres RESET export_leads.log_exports")
    for whom in ("DATABASE postgres", "ROLE web", "SYSTEM"):
        with server.session() as session:
            session.run("LOAD 'export_leads'")  # ALTER SYSTEM knows no setting before that
            session.run(f"ALTER {whom} SET export_leads.log_exports = on")
        server.stop()
        server.start()
        for options in ("-c export_leads.log_exports=off", "--export-leads.log-exports=0"):
            with mock.patch.dict(os.environ, PGOPTIONS=f"{options} -c export_leads.requested_by=a\udcff"), \
                    servers.crm.Session(**{**server.where(), "user": "web"}) as caller:
                log = Log(server)
                caller.export()
                line = log.line()
                expect((line["role"], line["requested_by"]), ("web", "a?"), f"the line with {options} for {whom}")
        with server.session() as session:
            session.run("LOAD 'export_leads'")
            session.run(f"ALTER {whom} RESET export_leads.log_exports")


def cancelled_while_the_library_is_loaded(server):
    """What a client's options set in vain is warned of then, and a cancel strikes where there is a warning."""
    for _ in range(10):
        with mock.patch.dict(os.environ, PGOPTIONS="-c export_leads.log_exports=off"), \
                servers.crm.Session(**{**server.where(), "user": "web"}) as session:
            session.run("SET statement_timeout = 1")
            session.sqlstate(session.export)
            session.run("RESET statement_timeout")
            session.export()


def on_a_standby(own_servers, primary):
    standby = servers.Server(own_servers, "logged_standby")
    servers.run("pg_basebackup", "-h", primary.folder, "-U", "postgres", "-D", standby.data, "-R", "-c", "fast",
                "--no-sync")
    standby.start()
    with standby.session() as session:
        log = Log(standby)
        session.export()
        expect(log.line()["leads"], 40, "the standby's line")
    standby.remove()
