"""Sessions that export while the storm lasts, each kind in a way of its own."""

import random
import threading

import psycopg2

import crm

EXPORT = "SELECT public.export_leads_csv(%s::bigint, %s)"
EXPORT_BOTH = "SELECT public.export_leads_csv(7::bigint, %(status)s), public.export_leads_csv('13', %(status)s)"
STATE = "SELECT storm.state()"
ODD_SETTINGS = "SET row_security = off; SET search_path = storm, public; SET DateStyle = 'German, DMY'; " \
               "SET TimeZone = 'Asia/Jerusalem'; SET bytea_output = 'escape'; SET default_transaction_read_only = on"
PARALLEL_SETTINGS = "SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; " \
                    "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 2"


class SessionLost(Exception):
    """The connection is gone."""


class Exporter(threading.Thread):
    """A session that exports until the storm ends. What an export returns and leaves behind goes to the tally."""

    kind = "plain"
    settings = ""

    def __init__(self, storm, user, seed):
        super().__init__(name=f"{self.kind} as {user or 'superuser'}")
        self.storm = storm
        self.tally = storm.tally
        self.user = user
        self.random = random.Random(seed)
        self.connection = None
        self.pid = None
        self.savepoint = None

    def run(self):
        try:
            while not self.storm.is_over():
                try:
                    if self.connection is None:
                        self.connect()
                    self.round()
                except SessionLost as lost:
                    self.forget_connection(lost)
        except Exception as error:  # a mistake of the test's own must not pass for a quiet session
            self.tally.add("broken", f"{self.name}: {error!r}")
        if self.connection is not None:
            self.connection.close()

    def connect(self):
        try:
            self.connection = crm.connect(self.storm.database, self.user)
        except psycopg2.OperationalError as error:
            raise SessionLost(error) from error
        self.pid = self.connection.get_backend_pid()
        self.savepoint = None
        self.storm.pids[self.name] = self.pid
        if self.settings:
            self.insist(self.settings)

    def forget_connection(self, lost):
        if self.pid in self.storm.terminated:
            self.tally.note_error(self.name, "57P01", str(lost))
        else:
            self.tally.add("broken", f"{self.name}: {lost}")
        self.connection = None

    def round(self):
        """Exports once, between two looks at the session's state."""
        before = self.insist(STATE)
        self.attempt(self.export, self.random_request())
        self.tally.compare_states(self.name, before, self.insist(STATE))

    def random_request(self):
        return self.random.choice(crm.REQUESTS)

    def export(self, request):
        self.tally.compare(self.name, request, self.fetch(EXPORT, request)[0])

    def attempt(self, action, *arguments):
        """Does what may fail, and notes it where it has."""
        try:
            action(*arguments)
            return True
        except psycopg2.Error as error:
            self.tally.note_error(self.name, error.pgcode, words_of(error))
            self.recover()
            return False

    def insist(self, query):
        """Runs what can only fail by being cancelled, until it is not. Returns the first column of a row, if any."""
        while True:
            try:
                row = self.fetch(query)
                return row and row[0]
            except psycopg2.errors.QueryCanceled:
                self.recover()

    def recover(self):
        """Gets an aborted transaction going again."""
        while self.savepoint is not None:
            try:
                self.fetch(f"ROLLBACK TO {self.savepoint}")
                return
            except psycopg2.errors.QueryCanceled:
                pass

    def fetch(self, query, values=None):
        """A row of a statement that returns rows; a lost connection raises SessionLost instead of its error."""
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchone() if cursor.description else None
        except psycopg2.Error as error:
            if self.connection.closed:
                raise SessionLost(error) from error
            raise
        finally:
            for notice in self.connection.notices:
                self.tally.note_words(self.name, notice)
            self.connection.notices.clear()


class OddSettings(Exporter):
    """In a session whose settings are unlike those of an export."""
    kind = "odd settings"
    settings = ODD_SETTINGS


class Parallel(Exporter):
    """With parallel plans, with and without the leader taking part."""
    kind = "parallel"
    settings = PARALLEL_SETTINGS

    def round(self):
        self.insist(f"SET parallel_leader_participation = {self.random.choice(('on', 'off'))}")
        super().round()


class BothTenants(Exporter):
    """Two tenants in one statement."""
    kind = "both tenants"

    def random_request(self):
        return self.random.choice(crm.STATUSES)

    def export(self, request):
        files = self.fetch(EXPORT_BOTH, {"status": request})
        for tenant, file in zip((7, 13), files):
            self.tally.compare(self.name, (tenant, request), file)


class TimedOut(Exporter):
    """With a statement_timeout that may strike at any moment of an export."""
    kind = "timed out"

    def round(self):
        before = self.insist(STATE)
        if self.attempt(self.fetch, f"SET statement_timeout = {self.random.randint(1, 30)}"):
            self.attempt(self.export, self.random_request())
        self.insist("SET statement_timeout = 0")
        self.tally.compare_states(self.name, before, self.insist(STATE))


class Savepoints(Exporter):
    """In transactions of several exports, each behind a savepoint."""
    kind = "savepoints"
    begin = "BEGIN"

    def round(self):
        self.insist(self.begin)
        if not self.attempt(self.fetch, "SAVEPOINT storm"):
            self.insist("ROLLBACK")
            return
        self.savepoint = "storm"
        before = self.insist(STATE)
        for _ in range(self.random.randint(1, 4)):
            self.attempt(self.export, self.random_request())
            self.tally.compare_states(self.name, before, self.insist(STATE))
        self.end_transaction()

    def end_transaction(self):
        # What is cancelled is aborted: then only ROLLBACK TO, which recover() does, makes another COMMIT possible.
        self.insist(self.random.choice(("COMMIT", "ROLLBACK")))
        self.savepoint = None


class RepeatableRead(Savepoints):
    """In transactions that see the database as it was at their beginning, however long ago that is."""
    kind = "repeatable read"
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ"

    def export(self, request):
        self.storm.over.wait(self.random.random() * 0.02)
        super().export(request)


class CaughtInPlpgsql(Exporter):
    """In a PL/pgSQL block that catches the error."""
    kind = "PL/pgSQL"

    def export(self, request):
        file, code, words, residue = self.fetch("SELECT * FROM storm.caught(%s, %s)", request)
        if residue is not None:
            self.tally.add("residues", f"{self.name}: {residue}")
        if code is None:
            self.tally.compare(self.name, request, file)
        else:
            self.tally.note_error(self.name, code, words)


class Pooled(Exporter):
    """One connection for several clients, one after the other."""
    kind = "pooled"

    def round(self):
        identity = self.random.choice(("", *(f"SET {what} {role}" for what in ("SESSION AUTHORIZATION", "ROLE")
                                             for role in crm.ROLES)))
        settings = self.random.choice(("", ODD_SETTINGS, PARALLEL_SETTINGS))
        for statement in filter(None, (settings, identity)):
            self.insist(statement)
        super().round()
        self.insist("DISCARD ALL")


class Prepared(Exporter):
    """With a prepared statement whose plan is generic and stays."""
    kind = "prepared"
    settings = "SET plan_cache_mode = force_generic_plan; " \
               "PREPARE export (bigint, text) AS SELECT public.export_leads_csv($1, $2)"

    def export(self, request):
        self.tally.compare(self.name, request, self.fetch("EXECUTE export (%s, %s)", request)[0])


def words_of(error):
    """All that the server says of an error."""
    diagnosis = error.diag
    parts = (diagnosis.message_detail, diagnosis.message_hint, diagnosis.context, diagnosis.internal_query)
    return "\n".join([str(error).strip(), *filter(None, parts)])


def all_exporters(storm, seed):
    sessions = (
        (Exporter, None), (Exporter, "storm_owner"), (Exporter, "storm_app"), (OddSettings, "storm_app"),
        (Parallel, "storm_app"), (Parallel, "storm_owner"), (BothTenants, "storm_app"), (TimedOut, "storm_app"),
        (Savepoints, "storm_owner"), (RepeatableRead, "storm_app"), (CaughtInPlpgsql, "storm_app"), (Pooled, None),
        (Prepared, "storm_app"),
    )
    return [kind(storm, user, f"{seed}.{number}") for number, (kind, user) in enumerate(sessions)]
