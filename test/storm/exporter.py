"""A session that exports while the storm lasts, whatever happens to it."""

import random
import threading

import psycopg2

import crm

EXPORT = "SELECT public.export_leads_csv(%s::bigint, %s)"
STATE = "SELECT storm.state()"

# What an export may fail with, and why.
ALLOWED_ERRORS = {
    "55000": "the set-up was unsafe",
    "57014": "cancelled, or timed out",
    "40P01": "a deadlock",
    "57P01": "the session was ended",
    "40001": "the tables changed since the transaction's snapshot",
}


class SessionLost(Exception):
    """The connection is gone."""


class Exporter(threading.Thread):
    """A session that exports until the storm ends. What an export returns and leaves behind goes to the tally."""

    kind = "plain"
    settings = ""
    requests = crm.REQUESTS
    allowed_errors = ALLOWED_ERRORS

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
                if self.storm.late.is_set():
                    # Set-up waits for nobody long: on a busy machine it finds no moment between exports that follow
                    # each other at once.
                    self.storm.over.wait(self.random.random() * 0.5)
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
            self.note_error("57P01", str(lost))
        else:
            self.tally.add("broken", f"{self.name}: {lost}")
        self.connection = None

    def round(self):
        """Exports once, between two looks at the session's state."""
        before = self.insist(STATE)
        self.attempt(self.export, self.random_request())
        self.tally.compare_states(self.name, before, self.insist(STATE))

    def random_request(self):
        return self.random.choice(self.requests)

    def export(self, request):
        self.tally.compare(self.name, request, self.fetch(EXPORT, request)[0])

    def attempt(self, action, *arguments):
        """Does what may fail, and notes it where it has."""
        try:
            action(*arguments)
            return True
        except psycopg2.Error as error:
            self.note_error(error.pgcode, words_of(error))
            self.recover()
            # Who is refused should not take the time that DBAs need to change that.
            self.storm.over.wait(self.random.random() * 0.01)
            return False

    def note_error(self, code, words):
        self.tally.note_error(self.name, code, words, is_allowed=code in self.allowed_errors)

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


def words_of(error):
    """All that the server says of an error."""
    diagnosis = error.diag
    parts = (diagnosis.message_detail, diagnosis.message_hint, diagnosis.context, diagnosis.internal_query)
    return "\n".join([str(error).strip(), *filter(None, parts)])
