"""Past exports of the signed-in user's tenant, which the database keeps: which there are, their files, and their end.

Belongs beside leads_export.py. A file is read in parts, each in a transaction of its own, so that a client that reads
slowly holds neither a connection nor a transaction; and since it never changes, a client can ask for parts of it, and
go on where it broke off.
"""

import re
import uuid
from datetime import timezone

from flask import Blueprint, request, stream_with_context
from sqlalchemy.exc import SQLAlchemyError

try:
    from . import leads_export as endpoint
except ImportError:  # the application's modules are in no package
    import leads_export as endpoint

ADDRESS = endpoint.ADDRESS + "/history"
PART_BYTES = 2 << 20

# As in leads_export.py, the tenant goes as text, and every name is qualified.
SAVE = """
    SELECT saved.export_id
    FROM {schema}.export_leads_save(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:format AS pg_catalog.text),
        CAST(:columns AS pg_catalog.text[]), CAST(:created_from AS pg_catalog.text),
        CAST(:created_to AS pg_catalog.text), CAST(:user AS pg_catalog.text)) AS saved"""
HISTORY = """
    SELECT kept.* FROM {schema}.export_leads_history(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:before AS pg_catalog.timestamptz),
        CAST(:max_rows AS pg_catalog.int4)) AS kept"""
ONE = """
    SELECT kept.* FROM {schema}.export_leads_history(
        CAST(:tenant AS pg_catalog.text), export_id => CAST(:export_id AS pg_catalog.uuid)) AS kept"""
PART = """
    SELECT piece FROM {schema}.export_leads_saved_pieces(
        CAST(:tenant AS pg_catalog.text), CAST(:export_id AS pg_catalog.uuid), CAST(:first_byte AS pg_catalog.int8),
        CAST(:bytes AS pg_catalog.int8)) AS piece"""
FORGET = """
    SELECT {schema}.export_leads_forget(
        CAST(:tenant AS pg_catalog.text), CAST(:export_id AS pg_catalog.uuid))"""

ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII)

FORGED = "הבקשה לא נשלחה מהדף. יש לרענן את הדף ולנסות שוב"
NOT_VALID = "הפרטים אינם תקינים"
MESSAGES = {403: "אין לך הרשאה לפעולה זו", 500: "הפעולה נכשלה. יש לנסות שוב מאוחר יותר"}
RUNNING = "הייצוא עוד לא הסתיים. יש לנסות שוב בעוד רגע"
NO_FILE = {
    None: "הייצוא אינו נמצא. ייתכן שנמחק",
    "running": RUNNING,
    "failed": "הייצוא נכשל, ואין לו קובץ",
    "done": "הקובץ כבר אינו נשמר. יש לייצא שוב",
    "expired": "הקובץ כבר אינו נשמר. יש לייצא שוב",
}
QUOTA = "the file would exceed the quota of this tenant"
QUOTA_REACHED = "אין עוד מקום לקבצים של העסק. יש למחוק ייצואים קודמים ולנסות שוב"
NO_SUCH_PART = "הקובץ קצר מהחלק המבוקש"


def leads_history_blueprint(require_api_auth, connect, current_role, schema=None, current_user=None,
                            roles=tuple(endpoint.ROLES)):
    """The history, to be registered with an application. The arguments are those of leads_export_blueprint(); roles are
    those that may see, fetch and remove past exports."""
    blueprint = Blueprint("leads_history", __name__)
    history = LeadHistory(connect, schema, current_user)

    def offer(method, address, name, parameters, answer_to):
        view = require_api_auth(list(roles))(endpoint.tenant_view(current_role, parameters, answer_to))
        blueprint.add_url_rule(address, name, view, methods=[method])

    offer("GET", ADDRESS, "history", ["tenant", "status", "before", "limit"], history.list)
    offer("GET", ADDRESS + "/<export_id>", "saved", ["tenant"], history.file)
    offer("DELETE", ADDRESS + "/<export_id>", "forget", ["tenant"], history.forget)
    return blueprint


class Calls(endpoint.LeadExports):
    """Calls of the extension's functions that keep something."""

    def call(self, query, parameters):
        """The rows of a call, in a transaction that is over then."""
        with self.connect() as connection:
            rows = connection.execute(self.statement(connection, query), parameters).fetchall()
            # of the driver's, as it is the same in all versions of SQLAlchemy, whoever has begun the transaction
            connection.connection.commit()
        return rows

    def call_refusal(self, error, tenant, missing=NO_FILE[None], causes=()):
        """The refusal for a call that no lead can have failed: what is of class 22 is the request's fault."""
        state = endpoint.sqlstate(error)
        if state == "P0002":
            return endpoint.Refused(404, missing)
        if state == "55006":
            return endpoint.Refused(409, RUNNING)
        if not state.startswith("22"):
            refusal = self.refusal(error, {"tenant": tenant})
            refusal.answer["error"] = MESSAGES.get(refusal.status, refusal.answer["error"])
            return refusal
        message, detail = endpoint.cause_of(error, tenant)
        if not message:
            message, detail = NOT_VALID, endpoint.diagnosis(error, "message_primary")
            for pattern, words in causes:
                cause = re.fullmatch(pattern, detail, re.DOTALL)
                if cause:
                    message = words.format(*cause.groups())
                    break
            detail = ". ".join(filter(None, (detail, endpoint.diagnosis(error, "message_hint"))))
        endpoint.LOG.debug("a request about exports of leads was refused: %r", detail)
        return endpoint.Refused(400, message, detail)


class KeptFiles(Calls):
    """Answers with files that the extension keeps."""

    def kept_file(self, tenant, row, is_new=False):
        """The answer with a file, or as much of it as is asked for: RFC 9110, sections 13 and 14. A client has nothing
        yet of one that is new."""
        etag = f'"{row.sha256}"'
        status, start, stop = 200, 0, row.size
        if not is_new:
            if not_modified(etag):
                return self.headers(endpoint.FileResponse(status=304), etag)
            status, start, stop = part_of(row.size, etag)
        if status == 416:
            refusal = self.headers(endpoint.json_answer({"error": NO_SUCH_PART}, status), etag)
            refusal.headers["Content-Range"] = f"bytes */{row.size}"
            return refusal
        body = iter(())
        if request.method != "HEAD":
            export = {"tenant": tenant, "export_id": str(row.export_id)}
            try:
                first = self.part(export, start, stop)
            except SQLAlchemyError as error:
                raise self.call_refusal(error, tenant, NO_FILE[row.state]) from None
            # Most files are one part. What follows may need the request: connect() sets its tenant.
            body = ([first] if len(first) == stop - start else
                    stream_with_context(self.parts(export, start, stop, first)))
        response = self.headers(endpoint.answer(row, body), etag)
        response.status_code = status
        response.content_length = stop - start
        response.headers["X-Lead-Count"] = str(row.lead_count)
        if status == 206:
            response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{row.size}"
        if is_new:
            response.headers["Content-Location"] = f"{request.script_root}{ADDRESS}/{row.export_id}"
        return response

    @staticmethod
    def headers(response, etag):
        response.headers["ETag"] = etag
        response.headers["Accept-Ranges"] = "bytes"
        response.headers["Cache-Control"] = "no-store"
        return response

    def part(self, export, start, stop):
        size = min(PART_BYTES, stop - start)
        return b"".join(piece for (piece,) in self.call(PART, {**export, "first_byte": start, "bytes": size}))

    def parts(self, export, start, stop, part):
        """The bytes from start on, of which the first part has been read."""
        while True:
            start += len(part)
            yield part
            if start == stop:
                return
            try:
                part = self.part(export, start, stop)
            except SQLAlchemyError as error:
                endpoint.log(error)
                part = b""
            if not part:  # it was forgotten meanwhile: never a short file that looks whole
                raise ConnectionAbortedError("the kept export of leads broke off")


class LeadHistory(KeptFiles):
    """Answers with what the extension keeps."""

    def list(self, tenant, arguments):
        limit = arguments.get("limit", "50")
        if not re.fullmatch(r"[1-9]\d?|1\d\d|200", limit, re.ASCII):
            raise endpoint.Refused(400, 'הפרמטר "limit" אינו מספר מ־1 עד 200')
        before = arguments.get("before")
        if before and not (endpoint.TIME.fullmatch(before) and re.search(r"Z$|[+-][\d:]+$", before[10:])):
            raise endpoint.Refused(400, 'הפרמטר "before" אינו זמן: יש לכתוב אותו כך: 2025-12-31T23:59:59Z')
        asked = {"tenant": tenant, "status": arguments.get("status") or None, "before": before or None,
                 "max_rows": int(limit) + 1}
        try:
            rows = self.call(HISTORY, asked)
        except SQLAlchemyError as error:
            raise self.call_refusal(error, tenant) from None
        return endpoint.json_answer({"exports": [row_of(row) for row in rows[:int(limit)]],
                                     "more": len(rows) > int(limit)})

    def file(self, tenant, _arguments, export_id):
        check_id(export_id, NO_FILE[None])
        try:
            row = only(self.call(ONE, {"tenant": tenant, "export_id": export_id}))
        except SQLAlchemyError as error:
            raise self.call_refusal(error, tenant) from None
        return self.kept_file(tenant, row)

    def forget(self, tenant, _arguments, export_id):
        require_page()
        check_id(export_id, NO_FILE[None])
        try:
            self.call(FORGET, {"tenant": tenant, "export_id": export_id})
        except SQLAlchemyError as error:
            raise self.call_refusal(error, tenant) from None
        return endpoint.json_answer({"forgotten": export_id.lower()})


class KeptExports(KeptFiles):
    """Exports that the database keeps: the answer is the kept file."""

    def file(self, tenant, arguments):
        parameters = endpoint.query_parameters(tenant, arguments)
        if request.method == "HEAD":
            return self.heading(parameters)
        require_page()
        try:
            (export_id,), = self.call(SAVE, {**parameters, "user": self.user()})
            row, = self.call(ONE, {"tenant": tenant, "export_id": str(export_id)})
        except SQLAlchemyError as error:
            if endpoint.diagnosis(error, "message_primary") == QUOTA:
                raise endpoint.Refused(413, QUOTA_REACHED) from None
            raise self.refusal_after(error, endpoint.FILE, parameters) from None
        return self.kept_file(tenant, row, is_new=True)


def row_of(row):
    """What a page shows of an export. What the database said of a failure stays in its history: it may quote a lead."""
    _, reason = endpoint.STATUSES.get(row.sqlstate, (500, None))
    return {
        "id": str(row.export_id), "status": row.status, "format": row.format, "columns": row.columns,
        "created_from": row.created_from, "created_to": row.created_to, "requested_by": row.requested_by,
        "schedule_id": row.schedule_id and str(row.schedule_id), "started_at": moment(row.started_at),
        "seconds": row.took and row.took.total_seconds(), "leads": row.lead_count, "bytes": row.size,
        "filename": row.filename, "state": row.state, "sqlstate": row.sqlstate,
        "reason": (reason or endpoint.MESSAGES[500]) if row.state == "failed" else None,
        "downloads": row.downloads, "last_download": moment(row.last_download), "expires_at": moment(row.expires_at),
    }


def moment(time):
    return time and time.astimezone(timezone.utc).isoformat()


def check_id(given, message):
    """Refuses what is no id as one that nothing has."""
    if not ID.fullmatch(given) or str(uuid.UUID(given)) != given.lower():
        raise endpoint.Refused(404, message)


def only(rows):
    """The row of the export that there is a file of."""
    state = rows[0].state if rows else None
    if state != "done":
        raise endpoint.Refused(404, NO_FILE[state])
    return rows[0]


def require_page():
    """Refuses what another site may have had the user's browser send: without the application's leave (CORS), neither
    its forms nor its scripts can set such a header."""
    if not request.headers.get("X-Requested-With"):
        raise endpoint.Refused(403, FORGED)


def not_modified(etag):
    return request.if_none_match.star_tag or request.if_none_match.contains_weak(etag.strip('"'))


def part_of(size, etag):
    """The status, and the first and the last byte but one, of the part that is asked for: all of it but where there is
    one range, and it is one of this file."""
    whole = (200, 0, size)
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or not asked or request.headers.get("If-Range", etag) != etag:
        return whole
    first, last = asked.groups()
    if not first:
        count = int(last or -1)
        if count < 0:
            return whole
        first, stop = max(size - count, 0), size
    else:
        first, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < first:
            return whole
    return (206, first, stop) if first < size and first < stop else (416, 0, 0)
