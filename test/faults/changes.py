"""What set-up decided, and who the reader is, changed while an export waits or runs."""

import psycopg2

from checks import Failure, expect
from crm import HOLD, LET_GO, Background, Session, expect_right, wait_for_lock

SET_UP = "SELECT count(*) FROM public.export_leads_setup(grants_required => {})"

# A column whose function reads the leads itself: only row security holds that.
AROUND = """
CREATE FUNCTION public.around(id int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  found text;
BEGIN
  IF id = 100 THEN
    PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1);
  END IF;
  EXECUTE 'SELECT string_agg(DISTINCT l.name, ''/'') FROM public.leads AS l WHERE l.id BETWEEN $1 - 5 AND $1 + 5'
  INTO found USING id;
  RETURN found;
END;
$$;
SELECT public.export_leads_add_column('around', 'public.around(lead.id)');
"""
# A role that may put triggers on the configuration, and has had one there.
SLY = """
CREATE ROLE sly;
CREATE SCHEMA sly AUTHORIZATION sly;
GRANT TRIGGER ON public.export_leads_configuration TO sly;
CREATE FUNCTION sly.rise() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ALTER ROLE sly SUPERUSER; RETURN NULL; END';
ALTER FUNCTION sly.rise() OWNER TO sly;
SET ROLE sly;
{trigger};
RESET ROLE;
DROP TRIGGER sly ON public.export_leads_configuration;
CREATE ROLE helped;
CREATE FUNCTION public.set_up_for_others() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    AS 'SELECT count(*) FROM public.export_leads_setup(right_to_left => false)';
"""
TRIGGER = ("CREATE TRIGGER sly AFTER INSERT ON public.export_leads_configuration "
           "FOR EACH ROW EXECUTE FUNCTION sly.rise()")
READER_CHANGES = {
    "BYPASSRLS": ("ALTER ROLE export_leads_reader BYPASSRLS", "ALTER ROLE export_leads_reader NOBYPASSRLS"),
    "SUPERUSER": ("ALTER ROLE export_leads_reader SUPERUSER", "ALTER ROLE export_leads_reader NOSUPERUSER"),
    "membership": ("GRANT {owner} TO export_leads_reader", "REVOKE {owner} FROM export_leads_reader"),
}


def rules_while_waiting(database):
    """A lock that is switched on while an export waits for the tables holds for that export."""
    with Session(dbname=database) as session, Session(dbname=database) as other, Session(dbname=database) as observer:
        try:
            other.run("BEGIN; LOCK TABLE public.leads; " + SET_UP.format("true"))
            waiting = Background(session.export, "few")
            wait_for_lock(observer, session.pid)
            other.run("COMMIT")
            waiting.finish()
            expect(getattr(waiting.error, "pgcode", None), "42501", "the error of an export without a grant")
        finally:
            other.run("ROLLBACK; " + SET_UP.format("false"))
        expect_right(session)


def reader_while_reading(database):
    """Row security is lifted from the reader in the middle of an export: no file shows what it read then."""
    with Session(dbname=database) as session, Session(dbname=database) as other, Session(dbname=database) as observer:
        other.run(AROUND)
        other.run("CREATE ROLE leads_owner; ALTER TABLE public.leads OWNER TO leads_owner")
        try:
            for change in READER_CHANGES:
                for is_undone in (False, True):
                    reader_changed(session, other, observer, change, is_undone)
        finally:
            other.run("ALTER TABLE public.leads OWNER TO CURRENT_USER; DROP ROLE leads_owner")
            other.run("SELECT public.export_leads_remove_column('around'); DROP FUNCTION public.around")
        expect_right(session)


def reader_changed(session, other, observer, change, is_undone):
    """`is_undone`: before the export ends."""
    do, undo = (statement.format(owner="leads_owner") for statement in READER_CHANGES[change])
    other.run("ALTER ROLE export_leads_reader CONNECTION LIMIT -1")  # so that no test sees the one before
    observer.run(HOLD)
    try:
        waiting = Background(session.value, "SELECT public.export_leads_csv(7, 'few', '{lead_id, around}')")
        wait_for_lock(observer, session.pid)
        other.run(do)
        if is_undone:
            other.run(undo)
    finally:
        observer.run(LET_GO)
        file = waiting.finish()
        other.run(undo)
    if waiting.error is None and "SECRET13" in file:
        raise Failure(f"{change} in the middle of an export shows another tenant's rows")
    if not isinstance(waiting.error, psycopg2.Error) or waiting.error.pgcode not in ("40001", "55000"):
        raise Failure(f"{change}, undone: {is_undone}: {waiting.error!r}")


def trigger_before_set_up(database):
    """A trigger that somebody commits on the configuration while set-up waits for it is not called by set-up."""
    trigger_before(database, "SELECT count(*) FROM public.export_leads_setup(right_to_left => false)")


def trigger_before_set_up_for_others(database):
    """Nor by a superuser's function that calls set-up for somebody who is none."""
    trigger_before(database, "SET ROLE helped; SELECT public.set_up_for_others()")


def trigger_before(database, set_up):
    with Session(dbname=database) as session, Session(dbname=database) as other, Session(dbname=database) as observer:
        other.run(SLY.format(trigger=TRIGGER))
        try:
            other.run(f"SET ROLE sly; BEGIN; {TRIGGER}")
            session.run("REVOKE TRIGGER ON public.export_leads_configuration FROM sly")
            found = session.run("SELECT name FROM public.export_leads_check() WHERE name LIKE '%\\_open'")
            expect(found, None, "what the check sees of a trigger that is not committed")
            waiting = Background(session.run, set_up)
            wait_for_lock(observer, session.pid)
            other.run("COMMIT; RESET ROLE")
            waiting.finish()
            expect(getattr(waiting.error, "pgcode", None), "55000", "the error of set-up")
            is_superuser = observer.value("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'sly'")
            expect(is_superuser, False, "whether whoever made the trigger is a superuser")
        finally:
            other.run("ROLLBACK; RESET ROLE; DROP SCHEMA sly CASCADE; DROP ROLE sly; "
                      "DROP FUNCTION public.set_up_for_others; DROP ROLE helped; "
                      "SELECT count(*) FROM public.export_leads_setup(right_to_left => true)")
