"""Sessions with a server, which the suites make their own of, and databases for a test alone."""

import contextlib
import itertools
import os

import psycopg2

numbers = itertools.count(1)


class ServerSession:
    """A connection that sends its statements as they are, without transactions around them."""

    def __init__(self, **where):
        self.connection = psycopg2.connect(**where)
        self.connection.autocommit = True
        self.connection.set_client_encoding("UTF8")
        self.pid = self.connection.get_backend_pid()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.connection.close()

    def rows(self, statement, values=None):
        """All rows; none where the statement has no result."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, query, values=None):
        return self.rows(query, values)[0][0]

    def sqlstate(self, action, *arguments):
        """The SQLSTATE that it fails with; 00000 where it does not."""
        try:
            action(*arguments)
            return "00000"
        except psycopg2.Error as error:
            return error.pgcode


@contextlib.contextmanager
def scratch_database(suite, *roles):
    """The name of a database of this process alone. At the end it goes, and so do the reader and these roles."""
    name = f"export_leads_{suite}_{os.getpid()}_{next(numbers)}"
    with ServerSession(dbname=os.environ.get("PGDATABASE", "postgres")) as server:
        server.rows(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield name
        finally:
            server.rows(f"DROP DATABASE {name} WITH (FORCE)")
            server.rows("DROP ROLE IF EXISTS " + ", ".join(("export_leads_reader", *roles)))
