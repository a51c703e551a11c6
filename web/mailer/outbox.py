"""The deliveries in the database, by the functions that the extension has for mailers."""

import hashlib
import select
import uuid
from datetime import datetime
from typing import NamedTuple, Optional

import psycopg2
import psycopg2.errors
from psycopg2 import sql

CHANNEL = "export_leads_deliveries"
# How many pieces of a file are fetched at a time, of at most 256 KiB each.
PIECES = 8
# What the mailer calls is named with its schema, with exactly the types it has: others may put functions of the same
# name on its search path.
SECONDS = sql.SQL("pg_catalog.make_interval(secs => CAST(%s AS pg_catalog.float8))")


class DatabaseLost(Exception):
    """The database cannot be reached now: to be tried again."""


class DatabaseUnusable(Exception):
    """The database can be reached, but it will not let the mailer work: somebody has to mend that."""


class FileUnusable(Exception):
    """The file cannot be had; `is_final` where it never will."""

    def __init__(self, message, is_final):
        super().__init__(message)
        self.is_final = is_final


class Delivery(NamedTuple):
    """A row of export_leads_claim_deliveries()."""

    delivery_id: uuid.UUID
    attempt: int
    tenant: str
    export_id: uuid.UUID
    recipient: str
    name: Optional[str]
    status: str
    format: str
    filename: str
    content_type: str
    lead_count: Optional[int]
    size: int
    sha256: Optional[str]
    created_from: Optional[str]
    created_to: Optional[str]
    requested_by: Optional[str]
    exported_at: Optional[datetime]


def first_line(error):
    return str(error).strip().split("\n")[0]


class Outbox:
    """One connection, which is made again after it was lost. Each call is a transaction of its own."""

    def __init__(self, configuration):
        self.configuration = configuration
        self.connection = None
        self.schema = None

    def connect(self):
        if self.connection is not None and not self.connection.closed:
            return
        self.close()
        try:
            self.connection = psycopg2.connect(self.configuration.dsn,
                                               application_name="export_leads mailer", client_encoding="UTF8",
                                               connect_timeout=int(self.configuration.timeout))
        except psycopg2.OperationalError as error:
            raise DatabaseLost(first_line(error)) from None
        except psycopg2.ProgrammingError as error:
            raise DatabaseUnusable(f"[database] dsn: {first_line(error)}") from None
        self.connection.autocommit = True
        self.schema = self.configuration.schema or self.find_schema()
        self.rows(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def find_schema(self):
        found = self.rows("SELECT n.nspname FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n "
                          "ON n.oid OPERATOR(pg_catalog.=) e.extnamespace "
                          "WHERE e.extname OPERATOR(pg_catalog.=) 'export_leads'::pg_catalog.name")
        if not found:
            raise DatabaseUnusable(f"the database {self.connection.info.dbname} does not have the extension "
                                   "export_leads")
        return found[0][0]

    def rows(self, statement, values=None):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.errors.InsufficientPrivilege as error:
            raise DatabaseUnusable(f"{first_line(error)}; a superuser allows it: SELECT "
                                   f"{self.schema or 'export_leads'}.export_leads_allow_mailer("
                                   f"'{self.connection.info.user}')") from None
        except (psycopg2.errors.UndefinedFunction, psycopg2.errors.InvalidSchemaName) as error:
            raise DatabaseUnusable(f"{first_line(error)}: is export_leads there, of a version with "
                                   "deliveries?") from None
        except (psycopg2.OperationalError, psycopg2.InterfaceError,
                psycopg2.errors.ReadOnlySqlTransaction) as error:
            # Where the server is a standby now, another one may be the primary.
            self.close()
            raise DatabaseLost(first_line(error)) from None

    def call(self, function, *values):
        """All rows of a function of the extension."""
        arguments = sql.SQL(", ").join([sql.Placeholder()] * len(values))
        return self.rows(sql.SQL("SELECT * FROM {}.{}({})").format(
            sql.Identifier(self.schema), sql.Identifier(function), arguments), values)

    def next_delivery(self):
        """Seconds until a delivery may be due; None where none is waiting."""
        pause = self.call("export_leads_next_delivery")[0][0]
        return None if pause is None else pause.total_seconds()

    def claim(self, lease):
        """A delivery that is this mailer's for `lease` seconds, or None."""
        columns = sql.SQL(", ").join(map(sql.Identifier, Delivery._fields))
        statement = sql.SQL("SELECT {} FROM {}.export_leads_claim_deliveries(1, {})").format(
            columns, sql.Identifier(self.schema), SECONDS)
        claimed = self.rows(statement, (lease,))
        return Delivery(*claimed[0]) if claimed else None

    def file(self, delivery):
        """The bytes of the file, in whole and as they were when it was made."""
        content = bytearray()
        try:
            self.rows("BEGIN")
            self.rows(sql.SQL("DECLARE file NO SCROLL CURSOR FOR SELECT * FROM {}.export_leads_delivery_file(%s, %s)")
                      .format(sql.Identifier(self.schema)), (str(delivery.delivery_id), delivery.attempt))
            while pieces := self.rows(f"FETCH {PIECES} FROM file"):
                for piece, in pieces:
                    content += piece
            self.rows("COMMIT")
        except psycopg2.Error as error:
            self.rows("ROLLBACK")
            # P0002: the lease has ended, or retention took the file away.
            raise FileUnusable(first_line(error), is_final=error.pgcode != "P0002") from None
        digest = hashlib.sha256(content).hexdigest()
        if len(content) != delivery.size or digest != (delivery.sha256 or digest):
            raise FileUnusable("the file is damaged: its checksum is wrong", is_final=True)
        return bytes(content)

    def done(self, delivery):
        """Whether it was still this mailer's to say."""
        return self.call("export_leads_delivery_done", str(delivery.delivery_id), delivery.attempt)[0][0]

    def failed(self, delivery, error, pause):
        """As done(); `pause` is in seconds, None gives it up."""
        statement = sql.SQL("SELECT {}.export_leads_delivery_failed(%s, %s, %s, {})").format(
            sql.Identifier(self.schema), SECONDS)
        return self.rows(statement, (str(delivery.delivery_id), delivery.attempt, error, pause))[0][0]

    def wait(self, seconds, wakers):
        """Until there is something new, one of the files `wakers` can be read, or that time is over."""
        try:
            self.connection.poll()
            if not self.connection.notifies:
                select.select([self.connection, *wakers], [], [], seconds)
                self.connection.poll()
            self.connection.notifies.clear()
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self.close()
            raise DatabaseLost(first_line(error)) from None
