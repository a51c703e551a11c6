"""GET /api/outbound/leads/export: the leads of one status, of the signed-in user's tenant, as a file to download.

The database decides and makes everything: this sends one query, turns its SQLSTATE into an HTTP status, and hands the
file on in pieces, so that the process's memory does not grow with it.
"""

import logging
from contextlib import ExitStack

from flask import Blueprint, Response, g, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

LOG = logging.getLogger(__name__)

ROLES = ["system_admin", "owner", "admin"]
PARAMETERS = ["status_id", "tenant", "format", "columns", "created_from", "created_to"]
PIECE_BYTES = 1 << 20

# The first row that is fetched has the whole file made, so that every error comes before the answer has begun. The
# tenant goes as text, which the extension reads as the tenant column's own type: one overload to grant. Every name is
# qualified: no search_path decides what is called.
EXPORT = """
    SELECT file.filename, file.content_type, file.lead_count, pg_catalog.octet_length(file.body) AS size,
           pg_catalog.substr(file.body, start, :piece_bytes) AS piece
    FROM {schema}.export_leads_file(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:format AS pg_catalog.text),
        CAST(:columns AS pg_catalog.text[]), {created_from}, {created_to}) AS file
    CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.octet_length(file.body), :piece_bytes) AS start"""
EXTENSION_SCHEMA = text("""
    SELECT n.nspname
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
    WHERE e.extname OPERATOR(pg_catalog.=) 'export_leads'""")
# As texts: the extension reads a time without an offset in the site's time zone.
CREATED_FROM = "CAST(:created_from AS pg_catalog.text)"
CREATED_TO = "CAST(:created_to AS pg_catalog.text)"
# A range that is empty, or the wrong way round where the caller's is.
MOMENT = "CAST(CAST(CAST({} AS {{schema}}.export_leads_time_bound) AS pg_catalog.text) AS pg_catalog.timestamptz)"
MOMENT_FROM, MOMENT_TO = MOMENT.format(CREATED_FROM), MOMENT.format(CREATED_TO)
EMPTY_FROM = f"coalesce(greatest({MOMENT_FROM}, {MOMENT_TO}), 'infinity')"
EMPTY_TO = f"coalesce({MOMENT_TO}, {MOMENT_FROM}, 'infinity')"

# What the SQLSTATEs mean that are no fault of the server's. A 400 or 403 may also come out of the leads, where a column
# of the site's own raises it.
STATUSES = {
    **dict.fromkeys(("22003", "22004", "22007", "22008", "22009", "22023", "22P02"), 400),
    "42501": 403,
    "54000": 413,
    **dict.fromkeys(("40001", "40P01", "55P03", "57014"), 503),  # a conflict, a deadlock, timeouts
}

MESSAGES = {
    400: "הבקשה אינה תקינה: יש לבדוק את הסטטוס, הפורמט, העמודות והתאריכים",
    403: "אין לך הרשאה לייצא את הלידים האלה",
    409: "העסק הפעיל הוחלף מאז שהדף נטען. יש לרענן את הדף ולייצא שוב",
    413: "הקובץ גדול מדי: יש לצמצם את טווח התאריכים או את העמודות",
    500: "הייצוא נכשל. יש לנסות שוב מאוחר יותר",
    503: "הייצוא לא הסתיים בזמן. יש לנסות שוב, או לצמצם את טווח התאריכים",
}


def leads_export_blueprint(require_api_auth, connect, current_role, schema=None):
    """The endpoint, to be registered with an application.

    require_api_auth(roles) is the application's decorator, which answers 401 and 403 itself and sets g.tenant;
    connect() gives an SQLAlchemy connection, which the endpoint closes; current_role() is the signed-in user's role;
    schema is the extension's, which is looked up where it is not given.
    """
    blueprint = Blueprint("leads_export", __name__)
    exports = LeadExports(connect, schema)

    @blueprint.route("/api/outbound/leads/export", methods=["GET"])
    @require_api_auth(ROLES)
    def export_leads():
        tenant = g.get("tenant")
        if not tenant:
            if current_role() == "system_admin":
                return refusal(400, "יש לבחור עסק לפני הייצוא")
            return refusal(403, "אין לך גישה לעסק")
        fault = fault_of(request.args)
        if fault:
            return refusal(400, fault)
        if request.args.get("tenant", str(tenant)) != str(tenant):
            return refusal(409)
        parameters = export_parameters(tenant, request.args)
        return exports.heading(parameters) if request.method == "HEAD" else exports.file(parameters)

    return blueprint


def fault_of(arguments):
    """What is wrong with the query that the database would not see. A parameter that is ignored would give more than
    was asked for: a misspelt created_from, for one, the leads of all time."""
    for name, values in arguments.lists():
        if name not in PARAMETERS:
            return f'הפרמטר "{name}" אינו מוכר'
        if len(values) > 1:
            return f'הפרמטר "{name}" ניתן יותר מפעם אחת'
        if "\0" in values[0]:  # PostgreSQL's texts have no such character, and psycopg2 would not send it
            return MESSAGES[400]
    return None if arguments.get("status_id") else "חסר הפרמטר status_id"


def export_parameters(tenant, arguments):
    columns = arguments.get("columns")
    return {
        "tenant": str(tenant),
        "status": arguments["status_id"],
        "format": arguments.get("format") or "csv",
        "columns": columns.split(",") if columns else None,
        "created_from": arguments.get("created_from") or None,
        "created_to": arguments.get("created_to") or None,
        "piece_bytes": PIECE_BYTES,
    }


class LeadExports:
    """Answers with the exports of the extension."""

    def __init__(self, connect, schema):
        self.connect = connect
        self.schema = schema

    def query(self, connection, created_from, created_to):
        """The export of a range of creation times, as SQL."""
        schema = self.schema or connection.execute(EXTENSION_SCHEMA).scalar() or "export_leads"
        # an identifier, in which a colon begins no parameter
        identifier = ('"' + schema.replace('"', '""') + '"').replace(":", "\\:")
        return text(EXPORT.format(schema=identifier, created_from=created_from.format(schema=identifier),
                                  created_to=created_to.format(schema=identifier)))

    def file(self, parameters):
        try:
            connection, rows, first = self.begin(parameters)
        except SQLAlchemyError as error:
            return refusal_for(error, self.status_after(error, parameters))
        response = answer(first, file_pieces(connection, rows, first))
        response.call_on_close(connection.close)  # even if nothing of it is read
        response.content_length = first.size  # lets the client tell a file that was cut from a whole one
        response.headers["X-Lead-Count"] = str(first.lead_count)
        return response

    def begin(self, parameters):
        """A connection, which the answer closes, its rows, and the first of them."""
        with ExitStack() as unless_begun:
            connection = unless_begun.enter_context(self.connect())
            query = self.query(connection, CREATED_FROM, CREATED_TO)
            # a server-side cursor, of which one row is held at a time
            cursor = connection.execution_options(stream_results=True, max_row_buffer=1)
            rows = cursor.execute(query, parameters)
            first = rows.fetchone()
            unless_begun.pop_all()
        return connection, rows, first

    def heading(self, parameters):
        """The answer to HEAD: what is known of the file without the leads, so neither its size nor their number."""
        try:
            return answer(self.rehearse(parameters), iter(()))
        except SQLAlchemyError as error:
            return refusal_for(error, STATUSES.get(sqlstate(error), 500))

    def rehearse(self, parameters):
        """An export of no time at all. It finds no lead, so that what it raises is about the request."""
        with self.connect() as connection:
            return connection.execute(self.query(connection, EMPTY_FROM, EMPTY_TO), parameters).fetchone()

    def status_after(self, error, parameters):
        """The HTTP status for an export that failed: what fails without the leads, too, is the request's fault."""
        status = STATUSES.get(sqlstate(error), 500)
        if status not in (400, 403):
            return status
        try:
            self.rehearse(parameters)
        except SQLAlchemyError as again:
            return status if sqlstate(again) == sqlstate(error) else 500
        return 500


def answer(file, body):
    response = Response(body, content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.filename}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def file_pieces(connection, rows, row):
    """The file, from its first row on. The connection is given back before the last piece goes out: most files are one
    piece, and a slow client must not hold a connection, nor the locks of its transaction."""
    left = row.size - len(row.piece)
    while left > 0:
        yield bytes(row.piece)
        try:
            row = rows.fetchone()
        except SQLAlchemyError as error:
            log(error)
            # makes the web server cut the connection: never a short file that looks whole
            raise ConnectionAbortedError("the export of leads broke off") from None
        left -= len(row.piece)
    connection.close()
    yield bytes(row.piece)


def sqlstate(error):
    return getattr(getattr(error, "orig", None), "pgcode", None) or "none"


def log(error):
    """Logs a database error without its message, which may quote the leads, and in which SQLAlchemy quotes the
    statement's values."""
    hint = getattr(getattr(getattr(error, "orig", None), "diag", None), "message_hint", None)
    LOG.error("the export of leads failed: %s, SQLSTATE %s%s", type(error).__name__, sqlstate(error),
              f", hint {hint!r}" if hint else "")


def refusal_for(error, status):
    if status != 400:
        log(error)
    return refusal(status)


def refusal(status, message=None):
    response = jsonify(error=message or MESSAGES[status])
    response.headers["Cache-Control"] = "no-store"
    return response, status
