"""What a DBA does meanwhile that changes nothing for an export: no reason to refuse it."""

from checks import expect
from crm import Session, expected_file

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
