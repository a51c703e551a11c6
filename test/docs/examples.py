"""Runs the examples in the documentation, each document against a CRM of its own, and compares what they print.

A fenced block is run by its language: `sql` by psql, `sh` by bash, `python` here; other blocks are for reading. A
`text` block right after a `sql` block is what psql must print; `sql error=22023` is an error with that SQLSTATE.
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

import paths

FENCE = re.compile(r"^```(\w+)(?: error=(\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETUP = """CREATE SCHEMA export_leads; CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) FROM export_leads.export_leads_setup();"""


def psql(database, sql, *options, user="postgres"):
    """What psql prints, errors included, and its exit status."""
    command = ["psql", "-Xq", "-U", user, "-d", database, *options, "-f", "-"]
    done = subprocess.run(command, input=sql, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return re.sub(r"^psql:<stdin>:\d+: ", "", done.stdout, flags=re.MULTILINE), done.returncode


def must(database, sql, *, options=(), **how):
    output, status = psql(database, sql, "-v", "ON_ERROR_STOP=1", *options, **how)
    assert status == 0, output
    return output


def roles():
    return set(must("postgres", "SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles",
                    options=("-At",)).split())


def make_crm(database):
    subprocess.run(["createdb", database], check=True)
    must("postgres", "DROP ROLE IF EXISTS crm_app; CREATE ROLE crm_app LOGIN;")
    must(database, "GRANT CREATE ON SCHEMA public TO crm_app;")
    must(database, Path("script/demo_crm.sql").read_text(encoding="utf-8"), user="crm_app")


def drop_crm(database, roles_before):
    """The database, and the roles that its examples made."""
    must(database, "SELECT count(*) FROM export_leads.export_leads_teardown();")
    subprocess.run(["dropdb", database], check=True)
    made = roles() - roles_before
    must("postgres", f"DROP ROLE {', '.join(made)};")


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
        subprocess.run(["bash", "-eo", "pipefail", "-c", code], check=True, cwd=folder, env=environment)
        (file,) = Path(folder).glob("*.csv")
        size, _ = psql(database, "SELECT octet_length(export_leads.export_leads_csv(7, 'new'))", "-At")
        assert file.stat().st_size == int(size), f"{file.stat().st_size} bytes instead of {size}"


def run_python(database, code):
    names = {}
    exec(code, names)  # the documentation's own code
    (use,) = [use for name, use in USES.items() if name in names]
    use(database, names)


def use_export_column(database, names):
    engine = sqlalchemy.create_engine(f"postgresql+psycopg2://crm_app@/{database}", poolclass=sqlalchemy.pool.NullPool)

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


def use_export_to(database, names):
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


# What an example defines, and what shows that it works.
USES = {"export_column": use_export_column, "export_to": use_export_to}


def run_document(path):
    """Yields each example's name and what was wrong with it, if anything."""
    database = "export_leads_docs"
    text = path.read_text(encoding="utf-8")
    roles_before = roles()
    make_crm(database)
    if "```sql\nCREATE SCHEMA export_leads" not in text:
        must(database, SETUP)
    blocks = list(FENCE.finditer(text))
    python = []
    for block, following in zip(blocks, blocks[1:] + [None]):
        language, sqlstate, code = block.groups()
        is_output = (following is not None and following.group(1) == "text"
                     and not text[block.end():following.start()].strip())
        expected = following.group(3) if is_output else None
        name = f"{path}:{text.count(chr(10), 0, block.start()) + 1}"
        try:
            if language == "sql":
                run_sql(database, code, sqlstate, expected)
            elif language == "sh":
                run_sh(database, code)
            elif language == "python":
                python.append((name, code))  # after the grants, which may come below it
                continue
            else:
                continue
        except (AssertionError, subprocess.CalledProcessError) as error:
            yield name, str(error)
        else:
            yield name, None
    for name, code in python:
        try:
            run_python(database, code)
        except AssertionError as error:
            yield name, repr(error)
        else:
            yield name, None
    drop_crm(database, roles_before)


def results(parts):
    """Yields each test's name and what was wrong, if anything."""
    for path in [Path("README.md"), *sorted(Path("doc").glob("*.md"))]:
        if not parts or path.stem in parts:
            yield from run_document(path)
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
