"""The leads of one status, of the signed-in user's tenant, as a file to download; how many leads it would hold, and
which columns it can have.

The database decides and makes everything: this sends one query, turns its SQLSTATE into an HTTP status, and hands the
file on in pieces, so that the process's memory does not grow with it.
"""

import datetime
import json
import logging
import re
from contextlib import ExitStack

from flask import Blueprint, Response, g, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

LOG = logging.getLogger(__name__)

ROLES = ["system_admin", "owner", "admin"]
ADDRESS = "/api/outbound/leads/export"
PARAMETERS = ["status_id", "tenant", "format", "columns", "created_from", "created_to"]
PIECE_BYTES = 1 << 20

# The first row that is fetched has the whole file made, so that every error comes before the answer has begun. The
# tenant goes as text, which the extension reads as the tenant column's own type: one overload to grant. The bounds go
# as texts, which it reads in the site's time zone. Every name is qualified: no search_path decides what is called.
FILE = """
    SELECT file.filename, file.content_type, file.lead_count, pg_catalog.octet_length(file.body) AS size,
           pg_catalog.substr(file.body, start, :piece_bytes) AS piece
    FROM {schema}.export_leads_file(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:format AS pg_catalog.text),
        CAST(:columns AS pg_catalog.text[]), CAST(:created_from AS pg_catalog.text),
        CAST(:created_to AS pg_catalog.text)) AS file
    CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.octet_length(file.body), :piece_bytes) AS start"""
COUNT = """
    SELECT {schema}.export_leads_count(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:created_from AS pg_catalog.text),
        CAST(:created_to AS pg_catalog.text))"""
COLUMNS = "SELECT available.name, available.header FROM {schema}.export_leads_available_columns() AS available"
# For whom the transaction's exports are, for the extension's log.
REQUESTED_BY = text("SELECT pg_catalog.set_config('export_leads.requested_by', :user, true)")
# The extension's schema and the role that exports, as SQL writes them.
PLACE = text("""
    SELECT coalesce(pg_catalog.quote_ident(n.nspname), 'export_leads'), pg_catalog.quote_literal(CURRENT_USER)
    FROM pg_catalog.pg_database AS d
    LEFT JOIN pg_catalog.pg_extension AS e ON e.extname OPERATOR(pg_catalog.=) 'export_leads'
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
    WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()""")

# Bounds mean the same for everybody or are refused: digits of ASCII alone, and the year first. Whoever forgets to
# encode the "+" of an offset sends a blank, so that after a blank there have to be seconds: "2025-12-01 02:00" may have
# been such a day.
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIME = re.compile(DAY.pattern + r"(?=T| \d\d:\d\d:)[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
                  r"(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?", re.ASCII)

MESSAGES = {
    403: "אין לך הרשאה לייצא את הלידים האלה",
    409: "העסק הפעיל הוחלף מאז שהדף נטען. יש לרענן את הדף ולייצא שוב",
    413: "הקובץ גדול מדי: יש לצמצם את טווח התאריכים או את העמודות",
    500: "הייצוא נכשל. יש לנסות שוב מאוחר יותר",
}
CHANGED = "הנתונים השתנו בזמן הייצוא. יש לנסות שוב"

# What the SQLSTATEs mean that are no fault of the server's. A 400 or 403 may also come out of the leads, where a column
# of the site's own raises it.
STATUSES = {
    **dict.fromkeys(("22003", "22023", "22P02"), (400, None)),  # see CAUSES
    "42501": (403, MESSAGES[403]),
    "54000": (413, MESSAGES[413]),
    "40001": (503, CHANGED),
    "40P01": (503, CHANGED),
    "55P03": (503, "הלידים נעולים כרגע בגלל עדכון. יש לנסות שוב בעוד רגע"),
    "57014": (503, "הייצוא ארך זמן רב מדי. יש לצמצם את טווח התאריכים ולנסות שוב"),
}

# What the extension says of a request, with the words for the user. No other message of the database's is repeated or
# blamed on the request: it may come from code of the site's own, and quote what that has read.
REVERSED = "created_from must not be after created_to"
REVERSED_DAYS = "תחילת הטווח מאוחרת מסופו"
UNREADABLE_TENANT = "מזהה העסק אינו תקין"
CAUSES = (
    (r"status must .*", "הסטטוס אינו תקין: נדרש השם שלו באנגלית, לא התווית"),
    (r"unknown export format", "סוג הקובץ אינו מוכר"),
    (r'unknown column "(.*)"', 'העמודה "{}" אינה מוכרת'),
    (r'column "(.*)" is given twice', 'העמודה "{}" נבחרה יותר מפעם אחת'),
    (r"columns must not be empty", "לא נבחרו עמודות"),
    (REVERSED, REVERSED_DAYS),
)
OTHER_TENANT = "permission denied for this tenant"
DENIALS = OTHER_TENANT + "|permission denied for (?:function|schema) .*"

# What the log says to run, or to look for, by SQLSTATE.
WHERE = ("see where the extension is: SELECT extnamespace::regnamespace, extversion FROM pg_extension"
         " WHERE extname = 'export_leads'; then run CREATE EXTENSION export_leads or"
         " ALTER EXTENSION export_leads UPDATE")
REMEDIES = {
    "55000": "run SELECT * FROM {schema}.export_leads_check()",
    "42501": "run SELECT {schema}.export_leads_allow({role})",
    **dict.fromkeys(("42883", "3F000", "42P01"), WHERE),
    "57014": "statement_timeout has run out, or somebody has cancelled it",
    "none": "the connection was lost, or there is no database to connect to",
}


def leads_export_blueprint(require_api_auth, connect, current_role, schema=None, current_user=None, keep=None):
    """The endpoint, to be registered with an application.

    require_api_auth(roles) is the application's decorator, or all that it has of them, one around the other: it answers
    401 and 403 itself and sets g.tenant; connect() gives an SQLAlchemy connection, which the endpoint closes;
    current_role() is the signed-in user's role; schema is the extension's, which is looked up where it is not given;
    current_user() is what the database's log of exports is to call the user, if it is given. keep is KeptExports of
    leads_history.py where the database is to keep what is exported.
    """
    blueprint = Blueprint("leads_export", __name__)
    exports = (keep or LeadExports)(connect, schema, current_user)

    def offer(address, endpoint, parameters, answer_to):
        view = require_api_auth(ROLES)(tenant_view(current_role, parameters, answer_to))
        # named here, since the decorator may give all views the same name
        blueprint.add_url_rule(address, endpoint, view, methods=["GET"])

    offer(ADDRESS, "export", PARAMETERS, exports.file)
    offer(ADDRESS + "/count", "count", PARAMETERS, exports.count)
    offer(ADDRESS + "/columns", "columns", ["tenant"], exports.columns)
    return blueprint


def tenant_view(current_role, parameters, answer_to):
    """A view that answers for the session's tenant, or refuses; answer_to takes it, the query, and what is in the
    address."""
    def view(**place):
        try:
            tenant = g.get("tenant")
            if not tenant and current_role() == "system_admin":
                raise Refused(400, "יש לבחור עסק לפני הייצוא")
            if not tenant:
                raise Refused(403, "אין לך גישה לעסק")
            check_parameters(request.args, parameters)
            if request.args.get("tenant", str(tenant)) != str(tenant):
                raise Refused(409)
            return answer_to(str(tenant), request.args, **place)
        except Refused as refused:
            return json_answer(refused.answer, refused.status)
    return view


class Refused(Exception):
    """A refusal, with a message for the user, and where the database said something about the request, a detail for
    developers."""

    def __init__(self, status, message=None, detail=None):
        super().__init__(status)
        self.status = status
        self.answer = {"error": message or MESSAGES[status]}
        if detail:
            self.answer["detail"] = detail


def check_parameters(arguments, known):
    """Refuses what the database would not see. A parameter that is ignored would give more than was asked for: a
    misspelt created_from, for one, the leads of all time."""
    for name, values in arguments.lists():
        if name not in known:
            raise Refused(400, f'הפרמטר "{name}" אינו מוכר')
        if len(values) > 1:
            raise Refused(400, f'הפרמטר "{name}" ניתן יותר מפעם אחת')
        if "\0" in values[0]:  # PostgreSQL's texts have no such character, and psycopg2 would not send it
            raise Refused(400, f'הפרמטר "{name}" אינו תקין')


def query_parameters(tenant, arguments):
    """What an export and a count of it are asked with."""
    status = arguments.get("status_id", "").strip()
    if not status:
        raise Refused(400, "חסר הפרמטר status_id")
    created_from, created_to = creation_range(arguments)
    columns = arguments.get("columns")
    return {
        "tenant": tenant,
        "status": status,
        "format": arguments.get("format", "").strip().lower() or "csv",
        "columns": [] if columns == "" else columns and columns.split(","),
        "created_from": created_from,
        "created_to": created_to,
        "piece_bytes": PIECE_BYTES,
    }


def creation_range(arguments):
    """The bounds for the database, which excludes the second: a day that is the last of a range goes as the day after
    it. None where there is no bound."""
    first, last = (read_bound(name, arguments.get(name)) for name in ("created_from", "created_to"))
    if not isinstance(last, datetime.date):
        return first and str(first), last
    if isinstance(first, datetime.date) and first > last:
        raise Refused(400, REVERSED_DAYS)
    # Python's years end there, PostgreSQL's don't
    after = "10000-01-01" if last == datetime.date.max else str(last + datetime.timedelta(days=1))
    return first and str(first), after


def read_bound(name, given):
    """A day as a date, a time as its text, None where nothing is given."""
    if not given:
        return None
    try:
        if not (DAY.fullmatch(given) or TIME.fullmatch(given)):
            raise ValueError
        day = datetime.date(int(given[:4]), int(given[5:7]), int(given[8:10]))
    except ValueError:
        raise Refused(400, f'הפרמטר "{name}" אינו יום: יש לכתוב אותו כך: 2025-12-31') from None
    return given if given[10:] else day


class LeadExports:
    """Answers with the exports of the extension."""

    def __init__(self, connect, schema, current_user):
        self.connect = connect
        self.schema = schema and '"' + schema.replace('"', '""') + '"'
        self.current_user = current_user

    def user(self):
        return self.current_user and str(self.current_user()).replace("\0", "")

    def statement(self, connection, query):
        """The query as a statement, in a transaction that says for whom it is."""
        if self.current_user:
            connection.execute(REQUESTED_BY, {"user": self.user()})
        schema = self.schema or connection.execute(PLACE).fetchone()[0]
        return text(query.format(schema=schema.replace(":", "\\:")))  # a colon begins no parameter in it

    def file(self, tenant, arguments):
        parameters = query_parameters(tenant, arguments)
        if request.method == "HEAD":
            return self.heading(parameters)
        try:
            connection, rows, first = self.begin(parameters)
        except SQLAlchemyError as error:
            raise self.refusal_after(error, FILE, parameters) from None
        response = answer(first, file_pieces(connection, rows, first))
        response.call_on_close(connection.close)  # even if nothing of it is read
        response.content_length = first.size  # lets the client tell a file that was cut from a whole one
        response.headers["X-Lead-Count"] = str(first.lead_count)
        return response

    def begin(self, parameters):
        """A connection, which the answer closes, its rows, and the first of them."""
        with ExitStack() as unless_begun:
            connection = unless_begun.enter_context(self.connect())
            query = self.statement(connection, FILE)
            # a server-side cursor, of which one row is held at a time
            cursor = connection.execution_options(stream_results=True, max_row_buffer=1)
            rows = cursor.execute(query, parameters)
            first = rows.fetchone()
            unless_begun.pop_all()
        return connection, rows, first

    def heading(self, parameters):
        """The answer to HEAD: what is known of the file without the leads, so neither its size nor their number."""
        try:
            return answer(self.rehearse(FILE, parameters), iter(()))
        except SQLAlchemyError as error:
            raise self.refusal(error, parameters) from None

    def count(self, tenant, arguments):
        parameters = query_parameters(tenant, arguments)
        try:
            return json_answer({"count": self.rows(COUNT, parameters)[0][0]})
        except SQLAlchemyError as error:
            raise self.refusal_after(error, COUNT, parameters) from None

    def columns(self, tenant, _arguments):
        try:
            rows = self.rows(COLUMNS, {})
        except SQLAlchemyError as error:
            raise self.refusal(error, {"tenant": tenant}) from None
        return json_answer({"columns": [{"name": name, "header": header} for name, header in rows]})

    def rows(self, query, parameters):
        with self.connect() as connection:
            return connection.execute(self.statement(connection, query), parameters).fetchall()

    def rehearse(self, query, parameters):
        """An export of no time at all. It finds no lead, so that what it raises is about the request."""
        return self.rows(query, {**parameters, "created_from": "infinity", "created_to": "infinity"})[0]

    def refusal_after(self, error, query, parameters):
        """The refusal for an export that failed: what fails without the leads, too, is the request's fault. A range is
        not rehearsed; what is said of it is the same for all leads."""
        status, _ = STATUSES.get(sqlstate(error), (500, None))
        if status not in (400, 403) or said(error) == REVERSED:
            return self.refusal(error, parameters)
        try:
            self.rehearse(query, parameters)
        except SQLAlchemyError as again:
            if sqlstate(again) == sqlstate(error):
                return self.refusal(again, parameters)
        self.log(error)
        return Refused(500)

    def refusal(self, error, parameters):
        """The refusal for an error that does not come out of the leads."""
        status, message = STATUSES.get(sqlstate(error), (500, None))
        detail = None
        if status == 400:
            message, detail = cause_of(error, parameters["tenant"])
            status = 400 if message else 500
        elif status == 403 and re.fullmatch(DENIALS, said(error)):
            detail = detail_of(error)
        if status == 400:
            LOG.debug("an export of leads was refused: %r", detail)
        else:
            self.log(error)
        return Refused(status, message, detail)

    def log(self, error):
        log(error, self.remedy(error))

    def remedy(self, error):
        """What to do about an error, for the log."""
        remedy = None if said(error) == OTHER_TENANT else REMEDIES.get(sqlstate(error))
        if not remedy or "{" not in remedy:
            return remedy
        try:
            with self.connect() as connection:
                schema, role = connection.execute(PLACE).fetchone()
        except SQLAlchemyError:
            return None
        return remedy.format(schema=self.schema or schema, role=role)


class FileResponse(Response):
    """An answer that comes whole whatever a hook of the application's does for all answers: an ETag would take reading
    the file to its end before it is sent, and an export that nobody keeps (no-store) has no use for one."""

    def add_etag(self, *args, **kwargs):
        pass

    def make_conditional(self, *args, **kwargs):
        return self


def answer(file, body):
    response = FileResponse(body, content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.filename}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def json_answer(value, status=200):
    """With the message before the detail, whatever the application's own settings for JSON are."""
    response = Response(json.dumps(value, ensure_ascii=False), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
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


def diagnosis(error, field):
    return getattr(getattr(getattr(error, "orig", None), "diag", None), field, None)


def said(error):
    """The database's message, unless it has a context: then it comes from code of the site's own."""
    return "" if diagnosis(error, "context") else diagnosis(error, "message_primary") or ""


def cause_of(error, tenant):
    """What the request does wrong, in words for the user and for developers; None where the error is not about it."""
    for pattern, message in CAUSES:
        cause = re.fullmatch(pattern, said(error), re.DOTALL)
        if cause:
            return message.format(*cause.groups()), detail_of(error)
    quoted = '"' + re.escape(tenant) + '"'
    if re.fullmatch(f"invalid input syntax for type .*: {quoted}|value {quoted} is out of range for type .*",
                    said(error)):
        return UNREADABLE_TENANT, detail_of(error)
    return None, None


def detail_of(error):
    hint = diagnosis(error, "message_hint")
    return f"{said(error)}. {hint}" if hint else said(error)


def log(error, remedy=None):
    """Logs a database error without its message, which may quote the leads, and in which SQLAlchemy quotes the
    statement's values. The hint of code of the site's own may quote them, too."""
    hint = said(error) and diagnosis(error, "message_hint")
    LOG.error("the export of leads failed: %s, SQLSTATE %s%s%s", type(error).__name__, sqlstate(error),
              f", hint {hint!r}" if hint else "", f"; {remedy}" if remedy else "")
