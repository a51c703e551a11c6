"""Everybody who can make the file of a column, and how each is run once."""

import csv
import dataclasses
import io
import typing

import database
import orm
from queries import HEADER, leads_query

OURS = "export_leads_csv, in the server"
FLOOR = "its query alone, rows dropped"
OURS_FETCHED = "export_leads_csv, fetched"
STREAM_FETCHED = "export_leads_csv_stream, fetched"
COPY = "COPY ({}), in the server"
COPY_BARE = "COPY ({}) of bare columns, in the server"
COPY_FETCHED = "COPY ({}), fetched"
PG_CSV = "pg_csv's csv_agg ({}), in the server"
ROWS = "psycopg2 rows and csv.writer ({})"
ORM = "ORM, one query per lead"


@dataclasses.dataclass(frozen=True)
class Contestant:
    name: str
    run: typing.Callable  # (tenant, status) -> the file as bytes, or None where it stays in the server
    shape: str = ""       # of the hand-written query

    def label(self):
        return self.name.format(self.shape)


class Contestants:
    """Makes them for one session."""

    def __init__(self, connection):
        self.connection = connection
        self.engine = orm.make_engine(database.NAME)
        self.has_explain = database.has_function(connection, "export_leads_explain")
        self.has_stream = database.has_function(connection, "export_leads_csv_stream")
        self.has_pg_csv = database.fetch(
            connection, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_csv'") > 0
        if self.has_pg_csv:
            database.execute(connection, "CREATE EXTENSION IF NOT EXISTS pg_csv")

    def in_server(self, shapes):
        """Ours first, then what runs in the server too, with each of the shapes of the hand-written query."""
        found = [Contestant(OURS, self.ours), Contestant(FLOOR, self.floor)]
        for shape in shapes:
            found.append(Contestant(COPY, self.copy(shape, True), shape))
            found.append(Contestant(COPY_BARE, self.copy(shape, False), shape))
            if self.has_pg_csv:
                found.append(Contestant(PG_CSV, self.pg_csv(shape), shape))
        return found

    def fetched(self, shape):
        """Those whose file arrives at a client."""
        found = [Contestant(OURS_FETCHED, self.ours_fetched)]
        if self.has_stream:
            found.append(Contestant(STREAM_FETCHED, self.stream_fetched))
        return found + [Contestant(COPY_FETCHED, self.copy_fetched(shape), shape),
                        Contestant(ROWS, self.rows(shape), shape)]

    def by_orm(self):
        return Contestant(ORM, lambda tenant, status: orm.export_by_orm(self.engine, tenant, status))

    def ours(self, tenant, status):
        database.fetch(self.connection, "SELECT octet_length(export_leads_csv(%s, %s))", (tenant, status))

    def ours_fetched(self, tenant, status):
        return database.fetch(self.connection, "SELECT export_leads_csv(%s, %s)", (tenant, status)).encode()

    def stream_fetched(self, tenant, status):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT export_leads_csv_stream(%s, %s)", (tenant, status))
            return b"".join(piece.encode() for piece, in cursor)

    def floor(self, tenant, status):
        """The query of an export with its rows dropped; where an export cannot explain itself, one like it."""
        with self.connection.cursor() as cursor:
            if self.has_explain:
                cursor.execute("SELECT export_leads_explain(%s, %s, run => true)", (tenant, status))
            else:
                cursor.execute("EXPLAIN (ANALYZE, TIMING OFF) " + leads_query(tenant, status, "LATERAL", False))

    def copy(self, shape, iso_times):
        def run(tenant, status):
            query = leads_query(tenant, status, shape, iso_times)
            database.execute(self.connection, f"COPY ({query}) TO '/dev/null' (FORMAT csv, HEADER)")
        return run

    def copy_fetched(self, shape):
        def run(tenant, status):
            file = io.BytesIO()
            with self.connection.cursor() as cursor:
                query = leads_query(tenant, status, shape, True)
                cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", file)
            return file.getvalue()
        return run

    def pg_csv(self, shape):
        def run(tenant, status):
            query = leads_query(tenant, status, shape, True)
            database.fetch(self.connection,
                           f"SELECT octet_length(csv_agg(q, csv_options(bom := true))) FROM ({query}) AS q")
        return run

    def rows(self, shape):
        def run(tenant, status):
            file = io.StringIO(newline="")
            writer = csv.writer(file)
            writer.writerow(HEADER)
            with self.connection.cursor() as cursor:
                cursor.execute(leads_query(tenant, status, shape, False))
                for row in cursor:
                    writer.writerow([moment.isoformat() if hasattr(moment, "isoformat") else moment for moment in row])
            return ("\ufeff" + file.getvalue()).encode()
        return run


def check_same_file(contestants, tenant, status):
    """Whoever is timed makes the same file, but for what COPY cannot do: the byte order mark and CRLF."""
    files = {contestant.label(): contestant.run(tenant, status) for contestant in contestants}
    plain = {file.removeprefix("\ufeff".encode()).replace(b"\r\n", b"\n") for file in files.values()}
    if len(plain) != 1:
        raise SystemExit(f"not the same file of status {status}: { {name: len(file) for name, file in files.items()} }")
