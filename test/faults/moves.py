"""Rows that move between a table and a partition or child which joins or leaves it: seen once, or an error."""

import contextlib

import psycopg2

from checks import Failure, expect
from crm import HOLD, LET_GO, Background, Session, wait_for_lock, wait_until
from session import scratch_database

TABLES = ("leads", "lead_statuses", "call_logs")
COUNT = 200
COLUMNS = "'{lead_id, status_name, last_call_status}'"

# Each of the three tables has a child with half of its rows, and beside it a copy of the other half: whoever takes the
# copy for these, or moves rows, in one transaction, never changes what the table shows.
INHERITED = """
CREATE TABLE {table} ({columns});
CREATE TABLE {table}_child () INHERITS ({table});
CREATE TABLE {table}_apart (LIKE {table});
INSERT INTO {table}_child {rows} OFFSET {half};
INSERT INTO {table} {rows} LIMIT {half};
INSERT INTO {table}_apart {rows} LIMIT {half};
"""
JOIN = """
BEGIN;
DELETE FROM ONLY {table};
ALTER TABLE {table}_apart INHERIT {table};
COMMIT;
"""
LEAVE_AGAIN = """
BEGIN;
ALTER TABLE {table}_apart NO INHERIT {table};
INSERT INTO {table} SELECT * FROM {table}_apart;
"""
LEAVE = """
BEGIN;
ALTER TABLE {table}_child NO INHERIT {table};
INSERT INTO {table} SELECT * FROM {table}_child;
COMMIT;
"""
PARTITIONED = """
CREATE TABLE {table} ({columns}) PARTITION BY RANGE (id);
CREATE TABLE {table}_low PARTITION OF {table} FOR VALUES FROM (0) TO (100);
CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT;
INSERT INTO {table} {rows};
"""
DETACH = """
BEGIN;
ALTER TABLE {table} DETACH PARTITION {table}_low;
INSERT INTO {table} SELECT * FROM {table}_low;
COMMIT;
"""
DROP = """
BEGIN;
CREATE TEMP TABLE moved ON COMMIT DROP AS TABLE {table}_low;
DROP TABLE {table}_low;
INSERT INTO {table} SELECT * FROM moved;
COMMIT;
"""
ATTACH = """
BEGIN;
CREATE TABLE {table}_high (LIKE {table});
INSERT INTO {table}_high SELECT * FROM {table} WHERE id >= 150;
DELETE FROM {table} WHERE id >= 150;
ALTER TABLE {table} ATTACH PARTITION {table}_high FOR VALUES FROM (150) TO (1000);
COMMIT;
"""
CONTENT = {
    "leads": ("id int, tenant_id int, name text, status text, created_at timestamp",
              f"SELECT n, 7, 'lead', 'new', timestamp '2025-01-01' FROM generate_series(1, {COUNT}) AS n"),
    "lead_statuses": ("id int, tenant_id int, name text, label text",
                      f"SELECT n, 7, 'new', 'label' FROM generate_series(1, {COUNT}) AS n"),
    "call_logs": ("id int, tenant_id int, lead_id int, call_status text, created_at timestamp",
                  f"SELECT n, 7, n, 'answered', timestamp '2025-02-01' FROM generate_series(1, {COUNT}) AS n"),
}
WAITS_FOR = """
SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted AND pid = %s AND relation = %s::pg_catalog.regclass
"""
# An accepted policy on the statuses, which are read first: it makes an export wait between its snapshot and its plan.
WAITING_POLICY = """
CREATE FUNCTION wait_here() RETURNS boolean LANGUAGE plpgsql AS
'BEGIN PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1); RETURN true; END';
CREATE POLICY waits ON lead_statuses AS RESTRICTIVE USING (public.wait_here());
SELECT count(*) FROM public.export_leads_setup(accepted_policies => '{waits}', mutable_policies => '{waits}');
"""


@contextlib.contextmanager
def own_database():
    """The name of a database for the moves, with the extension."""
    with scratch_database("moves") as name:
        with Session(dbname=name) as session:
            session.run("CREATE EXTENSION export_leads")
        yield name


def make_tables(session, form):
    """The three tables in that form, set up, in the place of those that were there."""
    session.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE EXTENSION IF NOT EXISTS export_leads")
    for table, (columns, rows) in CONTENT.items():
        session.run(form.format(table=table, columns=columns, rows=rows, half=COUNT // 2))
    session.run("SELECT count(*) FROM public.export_leads_setup()")


def export(session):
    """As (lead, label, status of the latest call); raises what the export raises."""
    file = session.value(f"SELECT public.export_leads_csv(7, 'new', {COLUMNS})")
    return sorted(file.split("\r\n")[1:-1])


def everything():
    return sorted(f"{n},label,answered" for n in range(1, COUNT + 1))


def under_an_older_snapshot():
    """From REPEATABLE READ on the rows are where the snapshot saw them."""
    refused = 0
    with own_database() as name, Session(dbname=name) as mover:
        for form, moves in ((INHERITED, (JOIN, LEAVE)), (PARTITIONED, (DETACH, DROP, ATTACH))):
            for move in moves:
                for table in TABLES:
                    for level in ("REPEATABLE READ", "SERIALIZABLE"):
                        make_tables(mover, form)
                        with Session(dbname=name) as session:
                            refused += moved_before(session, mover, move.format(table=table), level)
    if refused == 0:
        raise Failure("no export was refused: nothing moved under one")
    return f"{refused} refused"


def moved_before(session, mover, move, level):
    """Whether the export was refused."""
    session.run(f"BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM pg_catalog.pg_class")
    mover.run(move)
    refused = False
    try:
        expect(export(session), everything(), f"an export after {move}")
    except psycopg2.Error as error:
        expect(error.pgcode, "40001", f"the error after {move}")
        refused = True
    session.run("ROLLBACK")
    expect(export(session), everything(), "an export in a new transaction")
    return refused


def while_reading():
    """A child that joins while an export reads, and may be leaving again: the export begins again by itself."""
    with own_database() as name, Session(dbname=name) as mover, Session(dbname=name) as observer:
        for table in TABLES:
            # The statuses' plan is made before there is a moment to leave in.
            for leaves in (False, True) if table != "lead_statuses" else (False,):
                make_tables(mover, INHERITED)
                mover.run(WAITING_POLICY)
                with Session(dbname=name) as session:
                    moved_while(session, mover, observer, table, leaves)


def moved_while(session, mover, observer, table, leaves):
    observer.run(HOLD)
    waiting = Background(export, session)
    try:
        wait_for_lock(observer, session.pid)
        mover.run(JOIN.format(table=table))
        if leaves:
            mover.run(LEAVE_AGAIN.format(table=table))
    finally:
        observer.run(LET_GO)
    if leaves:  # the planner waits for the child, and plans with it
        wait_until(lambda: observer.value(WAITS_FOR, (session.pid, f"{table}_apart")) == 1, "the planner waits")
        mover.run("COMMIT")
    found = waiting.finish()
    if waiting.error is not None:
        raise Failure(f"the export fails with {waiting.error!r}")
    expect(found, everything(), f"an export while a child of {table} joined, leaving again: {leaves}")
