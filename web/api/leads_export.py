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
PIECE_BYTES = 1 << 20

# The first row that is fetched has the whole file made, so that every error comes before the answer has begun. The
# tenant goes as text, which the extension reads as the tenant column's own type: one overload to grant. Every name is
# qualified: no search_path decides what is called.
EXPORT = """
    SELECT file.filename, file.content_type, file.lead_count, pg_catalog.octet_length(file.body) AS size,
           pg_catalog.substr(file.body, start, :piece_bytes) AS piece
    FROM {schema}.export_leads_file(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:format AS pg_catalog.text),
        CAST(:columns AS pg_catalog.text[]), CAST(:created_from AS pg_catalog.timestamptz),
        CAST(:created_to AS pg_catalog.timestamptz)) AS file
    CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.octet_length(file.body), :piece_bytes) AS start"""

MESSAGES = {
    400: "הבקשה אינה תקינה: יש לבדוק את הסטטוס, הפורמט, העמודות והתאריכים",
    403: "אין לך הרשאה לייצא את הלידים האלה",
    413: "הקובץ גדול מדי: יש לצמצם את טווח התאריכים או את העמודות",
    500: "הייצוא נכשל. יש לנסות שוב מאוחר יותר",
}


def leads_export_blueprint(require_api_auth, connect, current_role, schema="export_leads"):
    """The endpoint, to be registered with an application.

    require_api_auth(roles) is the application's decorator, which answers 401 and 403 itself and sets g.tenant;
    connect() gives an SQLAlchemy connection, which the endpoint closes; current_role() is the signed-in user's role;
    schema is the extension's.
    """
    blueprint = Blueprint("leads_export", __name__)
    export = in_schema(EXPORT, schema)

    @blueprint.route("/api/outbound/leads/export", methods=["GET"])
    @require_api_auth(ROLES)
    def export_leads():
        tenant = g.get("tenant")
        if not tenant:
            if current_role() == "system_admin":
                return refusal(400, "יש לבחור עסק לפני הייצוא")
            return refusal(403, "אין לך גישה לעסק")
        if not request.args.get("status_id"):
            return refusal(400, "חסר הפרמטר status_id")
        if any("\0" in value for value in request.args.values()):
            return refusal(400)  # PostgreSQL's texts have no such character, and psycopg2 would not send it
        return answer(connect, export, export_parameters(tenant, request.args))

    return blueprint


def in_schema(statement, schema):
    """The statement, with the schema's name as an identifier, in which a colon begins no parameter."""
    identifier = '"' + schema.replace('"', '""') + '"'
    return text(statement.format(schema=identifier.replace(":", "\\:")))


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


def answer(connect, export, parameters):
    with ExitStack() as until_answered:
        try:
            connection = until_answered.enter_context(connect())
            # a server-side cursor, of which one row is held at a time
            cursor = connection.execution_options(stream_results=True, max_row_buffer=1)
            rows = cursor.execute(export, parameters)
            first = rows.fetchone()
        except SQLAlchemyError as error:
            return refusal(http_status(error))
        until_answered.pop_all()  # from here on the answer closes the connection, even if nothing of it is read
    response = Response(file_pieces(connection, rows, first), content_type=first.content_type)
    response.call_on_close(connection.close)
    response.content_length = first.size  # lets the client tell a file that was cut from a whole one
    response.headers["Content-Disposition"] = f'attachment; filename="{first.filename}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Lead-Count"] = str(first.lead_count)
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
            http_status(error)
            # makes the web server cut the connection: never a short file that looks whole
            raise ConnectionAbortedError("the export of leads broke off") from None
        left -= len(row.piece)
    connection.close()
    yield bytes(row.piece)


def http_status(error):
    """The HTTP status for a database error. One that no caller can mend is logged, without its message, in which
    SQLAlchemy quotes the statement's values."""
    sqlstate = getattr(getattr(error, "orig", None), "pgcode", None) or "none"
    status = 400 if sqlstate.startswith("22") else {"42501": 403, "54000": 413}.get(sqlstate, 500)
    if status == 500:
        LOG.error("the export of leads failed: %s, SQLSTATE %s", type(error).__name__, sqlstate)
    return status


def refusal(status, message=None):
    response = jsonify(error=message or MESSAGES[status])
    response.headers["Cache-Control"] = "no-store"
    return response, status
