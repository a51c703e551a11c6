"""Runs the examples in the documentation, each document against a CRM of its own, and compares what they print.

A fenced block is run by its language: `sql` by psql, `sh` by bash, `python` here; other blocks are for reading. A
`text` block right after a `sql` block is what psql must print; `sql error=22023` is an error with that SQLSTATE.
NAME.example.com is a server of the example's own: see hosts.py. The `console` block of README.md that shows what
./script/demo prints must be what it prints, but for times and days.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.ext.automap import automap_base

import paths
from hosts import Hosts

FENCE = re.compile(r"^```(\w+)(?: error=(\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETUP = """CREATE SCHEMA export_leads; CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) FROM export_leads.export_leads_setup(); SELECT export_leads.export_leads_allow('crm_app');"""


def psql(database, sql, *options, user="postgres", host=None):
    """What psql prints, errors included, and its exit status."""
    where = ["-h", host] if host else []
    command = ["psql", "-Xq", *where, "-U", user, "-d", database, *options, "-f", "-"]
    done = subprocess.run(command, input=sql, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return re.sub(r"^psql:<stdin>:\d+: ", "", done.stdout, flags=re.MULTILINE), done.returncode


def must(database, sql, *, options=(), **how):
    output, status = psql(database, sql, "-v", "ON_ERROR_STOP=1", *options, **how)
    assert status == 0, output
    return output


def roles():
    return set(must("postgres", "SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles",
                    options=("-At",)).split())


def databases():
    return set(must("postgres", "SELECT pg_catalog.quote_ident(datname) FROM pg_catalog.pg_database",
                    options=("-At",)).split())


def make_crm(database, host=None):
    must("postgres", f"CREATE DATABASE {database};", host=host)
    must("postgres", "DROP ROLE IF EXISTS crm_app; CREATE ROLE crm_app LOGIN;", host=host)
    must(database, "GRANT CREATE ON SCHEMA public TO crm_app;", host=host)
    must(database, Path("script/demo_crm.sql").read_text(encoding="utf-8"), user="crm_app", host=host)


def drop_what_was_made(roles_before, databases_before):
    """The databases and the roles of a document's examples."""
    for database in databases() - databases_before:
        must("postgres", f"DROP DATABASE {database} WITH (FORCE);")
    must("postgres", f"DROP ROLE {', '.join(roles() - roles_before)};")


def trimmed(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def run_sql(database, code, sqlstate, expected):
    if sqlstate:
        output, _ = psql(database, code + "\n\\echo :LAST_ERROR_SQLSTATE\n", "-v", "SHOW_CONTEXT=never")
        output, _, state = output.rstrip().rpartition("\n")
        assert state == sqlstate, f"SQLSTATE {state} instead of {sqlstate}"
    else:
        output = must(database, code)
    if expected is not None:
        assert trimmed(output) == trimmed(expected), f"printed:\n{output}"


def run_sh(database, code):
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PGDATABASE": database}
        subprocess.run(["bash", "-eo", "pipefail", "-c", code], check=True, cwd=folder, env=environment, timeout=120)
        size, _ = psql(database, "SELECT octet_length(export_leads.export_leads_csv(7, 'new'))", "-At")
        files = [file.stat().st_size for file in Path(folder).glob("*.csv")]
        assert files == [int(size)] * (".csv" in code), f"files of {files} bytes instead of {size}"


def run_python(database, code):
    engine = sqlalchemy.create_engine(f"postgresql+psycopg2://crm_app@/{database}", poolclass=sqlalchemy.pool.NullPool)
    defined = {}
    if "Lead." in code:
        defined |= models(engine)
    exec(code, defined)  # the documentation's own code
    (use,) = [use for name, use in USES.items() if name in defined]
    use(database, engine, defined)


def models(engine):
    """The application's, as its tables are."""
    base = automap_base()
    base.prepare(autoload_with=engine)
    return {"Lead": base.classes.leads, "CallLog": base.classes.call_log}


def use_export_column(database, engine, names):
    def answer(tenant, status):
        with engine.connect() as connection:
            return names["export_column"](connection, tenant, status)

    status, (filename, content_type, body) = answer(7, "new")
    assert content_type == "text/csv; charset=utf-8", content_type
    assert status == 200 and body.startswith(b"\xef\xbb\xbfstatus_id,"), body[:40]
    assert re.fullmatch(r"outbound_leads_status_new_\d{4}-\d{2}-\d{2}\.csv", filename), filename
    refused = [answer(None, "new"), answer(7, "a b"), answer("seven", "new"), answer(7, None), answer(10**10, "new")]
    assert refused == [(400, None)] * 5, refused
    must(database, "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA export_leads FROM crm_app;")
    assert answer(7, "new") == (403, None)


def use_export_to(database, _, names):
    with tempfile.TemporaryDirectory() as folder, \
            contextlib.closing(psycopg2.connect(dbname=database, user="crm_app")) as connection:
        path = Path(folder, "leads.csv")
        names["export_to"](str(path), connection, 7, "new")
        with connection.cursor() as cursor:
            cursor.execute("SELECT export_leads.export_leads_csv(7, 'new')")
            assert path.read_bytes() == cursor.fetchone()[0].encode()
        path.unlink()
        try:
            names["export_to"](str(path), connection, 7, "a b")
        except psycopg2.DataError as error:
            assert error.pgcode == "22023", error.pgcode
        assert not path.exists()


def differences(engine, metadata, **options):
    """What Alembic would change for the database to be as the models are."""
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def use_index(_, engine, names):
    """Alembic makes what the models have, and then leaves it alone."""
    metadata = names["Lead"].metadata
    missing = differences(engine, metadata)
    assert [change for change, _ in missing] == ["add_index"] * 2, missing
    for model in ("Lead", "CallLog"):
        for index in names[model].__table__.indexes:
            index.create(engine)
    assert differences(engine, metadata) == [], "not as the models are"
    recommended = Path("doc/export_leads.md").read_text(encoding="utf-8")
    with engine.connect() as connection:
        made = connection.execute(sqlalchemy.text(
            "SELECT indexdef FROM pg_catalog.pg_indexes WHERE indexname IN ('leads_export', 'call_log_export')"))
        for definition, in made.all():
            plain = re.sub(r"INDEX \w+ ON public\.(\w+) USING btree", r"INDEX ON \1", definition)
            assert f"{plain};" in recommended, f"{plain} is not recommended"


def use_include_name(_, engine, names):
    metadata = sqlalchemy.MetaData()
    metadata.reflect(engine)
    removed = {change[1].schema for change in differences(engine, metadata, include_schemas=True)
               if change[0] == "remove_table"}
    assert "export_leads" in removed, removed
    left = differences(engine, metadata, include_schemas=True, include_name=names["include_name"])
    assert left == [], left


def use_upgrade(database, engine, names):
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        names["upgrade"]()
    with engine.connect() as connection:
        count = connection.execute(sqlalchemy.text("SELECT export_leads.export_leads_count(7, 'new')")).scalar()
    assert count > 0, count
    errors = must(database, "SELECT name FROM export_leads.export_leads_check() WHERE level = 'error'", options=["-At"])
    assert errors == "", errors


# What an example defines, and what shows that it works.
USES = {"export_column": use_export_column, "export_to": use_export_to, "Index": use_index,
        "include_name": use_include_name, "upgrade": use_upgrade}


def run_document(path):
    """Yields each example's name and what was wrong with it, if anything."""
    roles_before, databases_before = roles(), databases()
    with Hosts(prepare_host) as hosts:
        yield from run_blocks(path, hosts)
    drop_what_was_made(roles_before, databases_before)


def prepare_host(name, folder):
    if name == "crm.example.com":
        make_crm("crm", folder)


def run_blocks(path, hosts):
    database = "export_leads_docs"
    text = path.read_text(encoding="utf-8")
    make_crm(database)
    if "```sql\nCREATE SCHEMA export_leads" not in text:
        must(database, SETUP)
    blocks = list(FENCE.finditer(text))
    for block, following in zip(blocks, blocks[1:] + [None]):
        language, sqlstate, code = block.groups()
        is_output = (following is not None and following.group(1) == "text"
                     and not text[block.end():following.start()].strip())
        expected = following.group(3) if is_output else None
        name = f"{path}:{text.count(chr(10), 0, block.start()) + 1}"
        try:
            if language == "sql":
                run_sql(database, hosts.reached(code), sqlstate, expected)
            elif language == "sh":
                run_sh(database, hosts.reached(code))
            elif language == "python":
                run_python(database, code)
            else:
                continue
        except (AssertionError, subprocess.SubprocessError, sqlalchemy.exc.SQLAlchemyError) as error:
            yield name, str(error)
        else:
            yield name, None
    must(database, "SELECT count(*) FROM export_leads.export_leads_teardown();")


TRANSCRIPT = re.compile(r"^```console\n\$ ./script/demo\n(==> .*?)^```$", re.MULTILINE | re.DOTALL)


def without_times(transcript):
    """Nor is there what depends on what the machine has: what is installed, and the release's PostgreSQL."""
    text = re.sub(r"^==> Installing.*\n", "", transcript, flags=re.MULTILINE)
    text = re.sub(r" +\d+\.\d s$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\d{4}-\d\d-\d\d\.csv", "DAY.csv", text)
    return trimmed(re.sub(r"(PostgreSQL|in|s:|,) \d+(?= s:| installing| building| the rest|$)", r"\1 N", text,
                          flags=re.MULTILINE))


def demo_problem():
    """What is wrong with the transcript of ./script/demo, if anything."""
    shown = TRANSCRIPT.search(Path("README.md").read_text(encoding="utf-8")).group(1)
    with tempfile.TemporaryDirectory() as folder:
        demo = subprocess.run([Path("script/demo").resolve()], cwd=folder, stdout=subprocess.PIPE, text=True)
    if demo.returncode == 0 and without_times(demo.stdout) == without_times(shown):
        return None
    return f"printed:\n{demo.stdout}"


def results(parts):
    """Yields each test's name and what was wrong, if anything."""
    for path in [Path("README.md"), *sorted(Path("doc").glob("*.md"))]:
        if not parts or path.stem in parts:
            yield from run_document(path)
    if not parts or "demo" in parts:
        yield "./script/demo prints what README.md shows", demo_problem()
    if not parts or "paths" in parts:
        yield "what the documents name is there", "\n".join(paths.faults()) or None


def main():
    passed = failed = 0
    for name, problem in results(sys.argv[1:]):
        print("ok" if problem is None else "not ok", "-", name)
        if problem is None:
            passed += 1
        else:
            failed += 1
            print(problem)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
