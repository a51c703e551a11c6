"""Everybody who can make the file of a column, and how each is run once."""

import contextlib
import csv
import dataclasses
import io
import re
import typing

import database
import leads_stream
import orm
from leads import HEADER
from queries import leads_query

OURS = "export_leads_csv, in the server"
OURS_ALONE = "export_leads_csv, in the server, without workers"
FLOOR = "its query alone, rows dropped"
OURS_FETCHED = "export_leads_csv, fetched"
FILE_FETCHED = "export_leads_file, fetched"
STREAM_FETCHED = "export_leads_csv_stream, fetched"
STREAM_COPIED = "export_leads_csv_stream, fetched by COPY"
SAVED = "export_leads_save"
KEPT_FETCHED = "export_leads_saved_pieces, fetched"
COPY_BEST = "COPY at its best ({}), in the server"
COPY = "COPY ({}), in the server"
COPY_BARE = "COPY ({}) of bare columns, in the server"
COPY_BEST_FETCHED = "COPY at its best ({}), fetched"
COPY_FETCHED = "COPY ({}), fetched"
PG_CSV = "pg_csv's csv_agg ({}), in the server"
ROWS = "psycopg2 rows and csv.writer ({})"
ORM = "ORM, one query per lead"

ARGUMENTS = "%(tenant)s, %(status)s, created_from => %(since)s"  # of our functions
BEST = {"random_page_cost": 1.1, "jit": "off"}  # what a DBA who knows the data would run COPY with


@dataclasses.dataclass(frozen=True)
class Contestant:
    name: str
    run: typing.Callable  # (a Selection) -> the file as bytes, or None where it stays in the server
    shape: str = ""       # of the hand-written query
    around: typing.Callable = contextlib.nullcontext  # a context to run it in, whose own time does not count

    def label(self):
        return self.name.format(self.shape)

    def file(self, leads):
        with self.around():
            return self.run(leads)


class Contestants:
    """Makes them for one session."""

    def __init__(self, connection):
        self.connection = connection
        self.engine = orm.make_engine(connection.info.dbname)
        self.has_explain = database.has_function(connection, "export_leads_explain")
        self.has_stream = database.has_function(connection, "export_leads_csv_stream")
        self.has_pg_csv = database.fetch(
            connection, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_csv'") > 0
        if self.has_pg_csv:
            database.execute(connection, "CREATE EXTENSION IF NOT EXISTS pg_csv")

    def reconnect(self):
        """After the server has started again."""
        self.connection = database.connect(self.connection.info.dbname)
        self.engine.dispose()

    def in_server(self, shapes):
        """Ours first, then what runs in the server too, with each of the shapes of the hand-written query."""
        found = [Contestant(OURS, self.ours),
                 self.ours_with(OURS_ALONE, {"max_parallel_workers_per_gather": 0}), Contestant(FLOOR, self.floor)]
        for shape in shapes:
            copy = Contestant(COPY, self.copy(shape, True), shape)
            found += [self.at_its_best(COPY_BEST, copy), copy,
                      Contestant(COPY_BARE, self.copy(shape, False), shape)]
            if self.has_pg_csv:
                found.append(Contestant(PG_CSV, self.pg_csv(shape), shape))
        return found

    def fetched(self, shapes):
        """Those whose file arrives at a client."""
        found = [Contestant(OURS_FETCHED, self.ours_fetched)]
        if self.has_stream:
            found += [Contestant(STREAM_FETCHED, self.stream_fetched), Contestant(STREAM_COPIED, self.stream_copied)]
        for shape in shapes:
            copy = Contestant(COPY_FETCHED, self.copy_fetched(shape), shape)
            found += [self.at_its_best(COPY_BEST_FETCHED, copy), copy]
        return found + [Contestant(ROWS, self.rows, "LATERAL")]

    def kept(self, leads):
        """Saving, and fetching what was saved, of one selection."""
        export_id = self.save(leads)
        return [Contestant(SAVED, self.save), Contestant(KEPT_FETCHED, lambda _: self.fetch_kept(leads, export_id))]

    def fetch_kept(self, leads, export_id):
        return self.values_copied("SELECT export_leads_saved_pieces(%s, %s)", (leads.tenant, export_id))

    def save(self, leads):
        return database.fetch(self.connection, "SELECT export_id FROM export_leads_save("
                              f"{ARGUMENTS})", vars(leads))

    def values_copied(self, query, values):
        file = io.BytesIO()
        leads_stream.copy_values(self.connection, query, values, file)
        return file.getvalue()

    def by_orm(self):
        return Contestant(ORM, lambda leads: orm.export_by_orm(self.engine, leads))

    def ours(self, leads):
        database.fetch(self.connection, f"SELECT octet_length(export_leads_csv({ARGUMENTS}))", vars(leads))

    def ours_fetched(self, leads):
        return database.fetch(self.connection, f"SELECT export_leads_csv({ARGUMENTS})", vars(leads)).encode()

    def file_fetched(self, leads):
        return bytes(database.fetch(self.connection, f"SELECT body FROM export_leads_file({ARGUMENTS})", vars(leads)))

    def stream_fetched(self, leads):
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT export_leads_csv_stream({ARGUMENTS})", vars(leads))
            return b"".join(piece.encode() for piece, in cursor)

    def stream_copied(self, leads):
        return self.values_copied(f"SELECT export_leads_csv_stream({ARGUMENTS})", vars(leads))

    def floor(self, leads):
        """The query of an export with its rows dropped; where an export cannot explain itself, one like it."""
        with self.connection.cursor() as cursor:
            if self.has_explain:
                cursor.execute(f"SELECT export_leads_explain({ARGUMENTS}, run => true)", vars(leads))
            else:
                cursor.execute("EXPLAIN (ANALYZE, TIMING OFF) " + leads_query(leads, "LATERAL", False))

    @contextlib.contextmanager
    def settings(self, settings):
        """These settings of the session, for as long as the context lasts."""
        database.execute(self.connection, *(f"SET {name} = {value}" for name, value in settings.items()))
        try:
            yield
        finally:
            database.execute(self.connection, *(f"RESET {name}" for name in settings))

    def ours_with(self, label, settings):
        return Contestant(label, self.ours, around=lambda: self.settings(settings))

    def at_its_best(self, name, copy):
        """The same COPY under settings that apply to it alone."""
        return dataclasses.replace(copy, name=name, around=lambda: self.settings(BEST))

    def workers(self, leads):
        """How many parallel workers the query of an export has."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT export_leads_explain({ARGUMENTS}, run => true)", vars(leads))
            return sum(map(int, re.findall(r"Workers Launched: (\d+)", "\n".join(line for line, in cursor))))

    def copy(self, shape, iso_times):
        def run(leads):
            query = leads_query(leads, shape, iso_times)
            database.execute(self.connection, f"COPY ({query}) TO '/dev/null' (FORMAT csv, HEADER)")
        return run

    def copy_fetched(self, shape):
        def run(leads):
            file = io.BytesIO()
            with self.connection.cursor() as cursor:
                cursor.copy_expert(f"COPY ({leads_query(leads, shape, True)}) TO STDOUT (FORMAT csv, HEADER)", file)
            return file.getvalue()
        return run

    def pg_csv(self, shape):
        def run(leads):
            query = leads_query(leads, shape, True)
            database.fetch(self.connection,
                           f"SELECT octet_length(csv_agg(q, csv_options(bom := true))) FROM ({query}) AS q")
        return run

    def rows(self, leads):
        file = io.StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow(HEADER)
        with self.connection.cursor() as cursor:
            cursor.execute(leads_query(leads, "LATERAL", False))
            for row in cursor:
                writer.writerow([moment.isoformat() if hasattr(moment, "isoformat") else moment for moment in row])
        return ("\ufeff" + file.getvalue()).encode()


def check_same_file(contestants, leads):
    """Whoever is timed makes the same file, but for what COPY cannot do: the byte order mark and CRLF."""
    files = {contestant.label(): contestant.file(leads) for contestant in contestants}
    plain = {file.removeprefix("\ufeff".encode()).replace(b"\r\n", b"\n") for file in files.values()}
    if len(plain) != 1:
        raise SystemExit(f"not the same file of {leads}: { {name: len(file) for name, file in files.items()} }")
