"""What a DBA does meanwhile that changes nothing for an export: no reason to refuse it."""

from checks import expect
from crm import Background, Session, expected_file

TRAFFIC = (
    "GRANT CONNECT ON DATABASE {database} TO traffic",
    "REVOKE CONNECT ON DATABASE {database} FROM traffic",
    "ALTER DATABASE {database} CONNECTION LIMIT 1000",
    "GRANT export_leads_reader TO traffic; REVOKE export_leads_reader FROM traffic",
    "ALTER ROLE traffic CREATEDB",
    "ALTER DATABASE {database} SET work_mem = '5MB'",
    "CREATE FUNCTION public.unrelated() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION public.unrelated",
    "VACUUM public.leads",
    "ANALYZE public.leads",
)


def around_an_older_snapshot(database):
    """Under REPEATABLE READ nothing of it is a concurrent change of the reader."""
    with Session(dbname=database) as other:
        other.run("CREATE ROLE traffic")
        try:
            for statement in TRAFFIC:
                with Session(dbname=database) as session:
                    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_catalog.pg_class")
                    for command in statement.format(database=database).split(";"):
                        other.run(command)
                    expect(session.sqlstate(session.export), "00000", f"an export after {statement}")
                    expect(session.export(), expected_file(session, "few"), f"its file after {statement}")
        finally:
            other.run(f"REVOKE ALL ON DATABASE {database} FROM traffic")
            other.run("DROP ROLE traffic")


def while_policies_are_loaded_again(database):
    """A policy that takes no part stops no export, though its table is loaded into the cache again all the time."""
    with Session(dbname=database) as session, Session(dbname=database) as other:
        expected = expected_file(session, "few")
        other.run("CREATE POLICY idle ON public.call_log "
                  "USING (id IN (SELECT l.id FROM public.leads AS l) OR 1 / 0 = id)")
        try:
            loading = Background(load_again, other)
            for _ in range(1000):
                expect(session.export(), expected, "the file meanwhile")
            loading.finish()
        finally:
            other.run("DROP POLICY idle ON public.call_log; "
                      "ALTER TABLE public.call_log ALTER call_status SET STATISTICS -1")


def load_again(session):
    for number in range(1000):
        session.run(f"ALTER TABLE public.call_log ALTER call_status SET STATISTICS {number % 2}")
