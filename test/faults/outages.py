"""Exports on servers that crash, start anew, or follow another one."""

import contextlib
import os
import signal

import psycopg2

import servers
from checks import Failure, expect
from crm import expect_right, wait_until, waiting_export


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
        kill(waiting, observer)
    wait_until(server.takes_sessions, "the server has started anew")
    with server.session() as session:
        expect_healthy(session)
    server.remove()


def kill(waiting, observer):
    """Ends the session of one who waits, and with it, in a while, the observer's."""
    os.kill(waiting.session.pid, signal.SIGKILL)
    waiting.finish()
    expect(waiting.result, None, "what the session was doing")
    wait_until(lambda: is_lost(observer), "the other sessions end")


def is_lost(session):
    with contextlib.suppress(psycopg2.Error):
        session.run("SELECT")
    return bool(session.connection.closed)


def expect_healthy(session):
    expect_right(session, "new")
    expect_right(session, "few")
    expect(session.value("SELECT count(*) FROM public.export_leads_check() WHERE level = 'error'"), 0, "the findings")
    expect(session.value("SELECT count(*) FROM pg_catalog.pg_ls_tmpdir()"), 0, "the temporary files")


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

        expect_history(main, replica)

        message = message_of(replica, "SELECT * FROM public.export_leads_setup()")
        if "recovery" not in message and "read-only" not in message:
            raise Failure(f"set-up does not say why it cannot be run on a standby: {message}")
    standby.remove()
    primary.remove()
    return message


def expect_history(main, replica):
    """What a standby tells of the history, which it cannot change."""
    export_id = main.value("SELECT export_id FROM public.export_leads_save(7, 'new')")
    kept = "SELECT body FROM public.export_leads_saved(7, %s)"
    catch_up(main, replica)
    whole = bytes(replica.value(kept, (export_id,)))
    expect(replica.value("SELECT pg_catalog.string_agg(piece, '') "
                         "FROM public.export_leads_saved_pieces(7, %s) AS piece", (export_id,)).tobytes(),
           whole, "the standby's pieces")
    expect(replica.run("SELECT export_id, downloads FROM public.export_leads_history(7)"), (export_id, 0),
           "the standby's history, where no download is counted")
    expect(whole, bytes(main.value(kept, (export_id,))), "the standby's file")
    for statement in ("SELECT * FROM public.export_leads_save(7, 'few')",
                      f"SELECT public.export_leads_forget(7, '{export_id}')",
                      "SELECT * FROM public.export_leads_purge()",
                      "SELECT public.export_leads_schedule(7, 'few', '08:00')", "CALL public.export_leads_run_due()"):
        expect(replica.sqlstate(replica.run, statement), "25006", statement)


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
