"""A function that an accepted policy calls, replaced where an export's session does not learn of it by itself."""

import time

import psycopg2

from checks import Failure, expect
from crm import Background, Session, expect_right, wait_until

# While it is planned, the second condition waits: the leader has looked at the first one's function by then, and looks
# at no catalog again. Parallel workers begin with no cache, and call what the function has become.
POLICY = """
CREATE FUNCTION public.is_live(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
'BEGIN RETURN true; END';
CREATE FUNCTION public.planned(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  PERFORM pg_sleep(extract(epoch FROM current_setting('faults.until')::timestamptz - clock_timestamp()));
  RETURN $1;
END;
$$;
CREATE POLICY live ON public.leads AS RESTRICTIVE
USING (public.is_live(name) AND name <> public.planned('nobody'));
SELECT count(*) FROM public.export_leads_setup(accepted_policies => '{live}', mutable_policies => '{live}');
"""
HIDE = """
CREATE OR REPLACE FUNCTION public.is_live(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
'BEGIN RETURN false; END'
"""
FORGET = """
DROP POLICY live ON public.leads;
DROP FUNCTION public.is_live, public.planned;
SELECT count(*) FROM public.export_leads_setup(accepted_policies => '{}');
"""
IN_WORKERS = """
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
"""
COUNT = "SELECT lead_count FROM public.export_leads_file(7, 'few', columns => '{lead_id}')"
NAP = "SELECT set_config('faults.until', (clock_timestamp() + interval '2 s')::text, false)"


def before_workers_begin(database):
    """The file holds every lead, or the export raises 40001."""
    with Session(dbname=database) as session, Session(dbname=database) as other:
        other.run(POLICY)
        try:
            session.run(IN_WORKERS + "SET faults.until = '2000-01-01'")
            # the first one fills the caches
            count = session.value(COUNT)
            session.run(NAP)
            waiting = Background(session.value, COUNT)
            wait_until(lambda: other.value("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = %s "
                                           "AND wait_event = 'PgSleep'", (session.pid,)) == 1, "the export is planned")
            time.sleep(0.5)
            other.run(HIDE)
            found = waiting.finish()
            if waiting.error is None:
                expect(found, count, "the leads of an export whose policy's function was replaced")
            elif not isinstance(waiting.error, psycopg2.Error) or waiting.error.pgcode != "40001":
                raise Failure(f"the export fails with {waiting.error!r}")
        finally:
            other.run(FORGET)
        expect_right(session)


# Reading a table of its own, the function's first call takes a lock, and with it the session hears of what has changed.
READING_POLICY = """
CREATE TABLE public.hidden_names (name text);
GRANT SELECT ON public.hidden_names TO PUBLIC;
CREATE FUNCTION public.is_live(text) RETURNS boolean LANGUAGE plpgsql STABLE AS
'BEGIN RETURN NOT EXISTS (SELECT FROM public.hidden_names AS h WHERE h.name = $1); END';
CREATE POLICY live ON public.leads AS RESTRICTIVE USING (public.is_live(name));
SELECT count(*) FROM public.export_leads_setup(accepted_policies => '{live}', mutable_policies => '{live}');
"""
HIDE_READING = """
CREATE OR REPLACE FUNCTION public.is_live(text) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN false; END'
"""
FORGET_READING = """
DROP POLICY live ON public.leads;
DROP FUNCTION public.is_live;
DROP TABLE public.hidden_names;
SELECT count(*) FROM public.export_leads_setup(accepted_policies => '{}');
"""


def after_the_check(database):
    """The check leaves locks on the catalogs: who holds them hears of no change when they are locked again."""
    with Session(dbname=database) as session, Session(dbname=database) as other:
        session.run(IN_WORKERS + "SET faults.until = '2000-01-01'")
        replaced_after_the_check(session, other, POLICY, HIDE, FORGET)
        session.run("SET max_parallel_workers_per_gather = 0")
        replaced_after_the_check(session, other, READING_POLICY, HIDE_READING, FORGET_READING)
        expect_right(session)


def replaced_after_the_check(session, other, policy, hide, forget):
    """READ COMMITTED: the export's snapshot sees the function as it has become, and so must its inspection."""
    other.run(policy)
    try:
        count = session.value(COUNT)
        session.run("BEGIN")
        session.run("SELECT count(*) FROM public.export_leads_check()")
        other.run(hide)
        try:
            expect(session.value(COUNT), count, "the leads of an export whose policy's function was replaced")
        except psycopg2.Error as error:
            expect(error.pgcode, "55000", "the error of an export whose policy's function was replaced")
    finally:
        session.run("ROLLBACK")
        other.run(forget)
