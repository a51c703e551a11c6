"""Exports that come by themselves, of the signed-in user's tenant: which there are, and making, pausing and removing
them. Belongs beside leads_history.py and leads_export.py.
"""

import json
import re

from flask import Blueprint, request
from sqlalchemy.exc import SQLAlchemyError

try:
    from . import leads_export as endpoint
    from .leads_history import NOT_VALID, Calls, check_id, moment, require_page
except ImportError:  # the application's modules are in no package
    import leads_export as endpoint
    from leads_history import NOT_VALID, Calls, check_id, moment, require_page

ADDRESS = endpoint.ADDRESS + "/schedules"
BODY_BYTES = 64 << 10
SHOWN_RUNS = 3

# As in leads_export.py, the tenant goes as text, and every name is qualified.
SCHEDULES = """
    SELECT schedule.*, ARRAY(
        SELECT run FROM {schema}.export_leads_next_runs(
            CAST(:tenant AS pg_catalog.text), schedule.schedule_id, CAST(:n AS pg_catalog.int4)) AS run) AS next_runs
    FROM {schema}.export_leads_schedules(CAST(:tenant AS pg_catalog.text)) AS schedule"""
SCHEDULE = """
    SELECT {schema}.export_leads_schedule(
        CAST(:tenant AS pg_catalog.text), CAST(:status AS pg_catalog.text), CAST(:at AS pg_catalog.time),
        CAST(:weekdays AS pg_catalog.int4[]), CAST(:month_days AS pg_catalog.int4[]),
        CAST(:time_zone AS pg_catalog.text), CAST(:format AS pg_catalog.text), CAST(:columns AS pg_catalog.text[]),
        CAST(:period AS pg_catalog.text), CAST(:recipients AS pg_catalog.text[]), CAST(:user AS pg_catalog.text),
        CAST(:name AS pg_catalog.text))"""
PAUSE = """
    SELECT {schema}.export_leads_pause(
        CAST(:tenant AS pg_catalog.text), CAST(:schedule_id AS pg_catalog.uuid), CAST(:paused AS pg_catalog.bool))"""
UNSCHEDULE = """
    SELECT {schema}.export_leads_unschedule(
        CAST(:tenant AS pg_catalog.text), CAST(:schedule_id AS pg_catalog.uuid))"""
NEXT_RUNS = """
    SELECT run FROM {schema}.export_leads_next_runs(
        CAST(:tenant AS pg_catalog.text), CAST(:schedule_id AS pg_catalog.uuid), CAST(:n AS pg_catalog.int4)) AS run"""

# What a schedule is made of, and of which type it is; a list's are the type of its elements.
FIELDS = {"status": str, "at": str, "weekdays": [int], "month_days": [int], "time_zone": str, "format": str,
          "columns": [str], "period": str, "recipients": [str], "name": str}
AT = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?", re.ASCII)

NOT_A_TIME = "יש לבחור שעה"
NO_SCHEDULE = "התזמון אינו נמצא. ייתכן שנמחק"
TOO_MANY = "לעסק יש כבר תזמונים רבים מדי. יש למחוק אחד מהם תחילה"
CAUSES = (
    (r"at must .*", NOT_A_TIME),
    (r"(?:weekdays|month_days) must not be empty", "לא נבחרו ימים"),
    (r"weekdays must .*", "ימי השבוע אינם תקינים"),
    (r"month_days must .*", "ימי החודש אינם תקינים: אפשר לבחור מ־1 עד 31, או את היום האחרון"),
    (r'".*" is not the full name of a time zone', "אזור הזמן אינו מוכר. יש לכתוב אותו כך: Asia/Jerusalem"),
    (r"unknown period .*", "התקופה אינה מוכרת"),
    (r"recipient (\d+) is not a mail address", "נמען מספר {}: הכתובת אינה תקינה"),
    (r"there must be no more than 50 recipients", "אפשר לשלוח ל־50 נמענים לכל היותר"),
    (r"name must .*", "השם אינו תקין: נדרשת שורה אחת, עד 200 תווים"),
    *endpoint.CAUSES,
)


def leads_schedules_blueprint(require_api_auth, connect, current_role, schema=None, current_user=None,
                              roles=tuple(endpoint.ROLES)):
    """The schedules, to be registered with an application. The arguments are those of leads_export_blueprint(); roles
    are those that may see and change schedules."""
    blueprint = Blueprint("leads_schedules", __name__)
    schedules = LeadSchedules(connect, schema, current_user)

    def offer(method, address, name, answer_to, parameters=()):
        view = require_api_auth(list(roles))(
            endpoint.tenant_view(current_role, ["tenant", *parameters], answer_to))
        blueprint.add_url_rule(ADDRESS + address, name, view, methods=[method])

    offer("GET", "", "schedules", schedules.list)
    offer("POST", "", "schedule", schedules.make)
    offer("POST", "/<schedule_id>/pause", "pause", schedules.pause)
    offer("DELETE", "/<schedule_id>", "unschedule", schedules.remove)
    offer("GET", "/<schedule_id>/next", "next_runs", schedules.next_runs, ["n"])
    return blueprint


class LeadSchedules(Calls):
    """Answers with the extension's schedules, and changes them."""

    def list(self, tenant, _arguments):
        return endpoint.json_answer({"schedules": [
            schedule_of(row) for row in self.ask(tenant, SCHEDULES, n=SHOWN_RUNS)]})

    def make(self, tenant, _arguments):
        given = json_body(FIELDS)
        if given["at"] is not None and not AT.fullmatch(given["at"]):
            raise endpoint.Refused(400, NOT_A_TIME)
        if given["format"] is None:
            given["format"] = "csv"
        (schedule_id,), = self.ask(tenant, SCHEDULE, **given, user=self.user())
        return endpoint.json_answer({"id": str(schedule_id)}, 201)

    def pause(self, tenant, _arguments, schedule_id):
        given = json_body({"paused": bool})
        self.ask_of_one(tenant, PAUSE, schedule_id, paused=given["paused"])
        return endpoint.json_answer({"id": schedule_id.lower(), "paused": given["paused"]})

    def remove(self, tenant, _arguments, schedule_id):
        require_page()
        self.ask_of_one(tenant, UNSCHEDULE, schedule_id)
        return endpoint.json_answer({"removed": schedule_id.lower()})

    def next_runs(self, tenant, arguments, schedule_id):
        n = arguments.get("n", str(SHOWN_RUNS))
        if not re.fullmatch(r"[1-9]\d?|100", n, re.ASCII):
            raise endpoint.Refused(400, 'הפרמטר "n" אינו מספר מ־1 עד 100')
        rows = self.ask_of_one(tenant, NEXT_RUNS, schedule_id, n=int(n))
        return endpoint.json_answer({"next_runs": [moment(run) for (run,) in rows]})

    def ask_of_one(self, tenant, query, schedule_id, **parameters):
        check_id(schedule_id, NO_SCHEDULE)
        return self.ask(tenant, query, schedule_id=schedule_id, **parameters)

    def ask(self, tenant, query, **parameters):
        try:
            return self.call(query, {"tenant": tenant, **parameters})
        except SQLAlchemyError as error:
            if endpoint.sqlstate(error) == "54000":
                raise endpoint.Refused(409, TOO_MANY) from None
            raise self.call_refusal(error, tenant, NO_SCHEDULE, CAUSES) from None


def json_body(fields):
    """What the body says of these fields; None where it says nothing."""
    require_page()
    if request.mimetype != "application/json":
        raise endpoint.Refused(415, NOT_VALID, "the body must be application/json")
    if (request.content_length or 0) > BODY_BYTES:
        raise endpoint.Refused(413, NOT_VALID, f"the body must not be longer than {BODY_BYTES} bytes")
    try:
        given = json.loads(request.get_data())
        if not isinstance(given, dict):
            raise ValueError("the body must be an object")
        for name, value in given.items():
            if name not in fields:
                raise ValueError(f"unknown field {json.dumps(name)}")
            if value is not None and not is_of(fields[name], value):
                raise ValueError(f'the value of "{name}" is of another type')
    except (ValueError, RecursionError) as error:
        raise endpoint.Refused(400, NOT_VALID, str(error)) from None
    return {name: given.get(name) for name in fields}


def is_of(kind, value):
    if isinstance(kind, list):
        return isinstance(value, list) and all(is_of(kind[0], element) for element in value)
    if kind is str and isinstance(value, str):
        # neither what PostgreSQL's texts have not, nor half a character
        return "\0" not in value and not re.search("[\ud800-\udfff]", value)
    return type(value) is kind  # bool is an int, too


def schedule_of(row):
    """What a page shows of a schedule."""
    at = row.at.strftime("%H:%M") if row.at.second == row.at.microsecond == 0 else row.at.isoformat()
    return {
        "id": str(row.schedule_id), "name": row.name, "status": row.status, "format": row.format,
        "columns": row.columns, "period": row.period, "at": at, "weekdays": row.weekdays,
        "month_days": row.month_days, "time_zone": row.time_zone, "recipients": row.recipients,
        "requested_by": row.requested_by, "created_at": moment(row.created_at), "paused": row.paused,
        "paused_by": row.paused_by, "is_running": row.is_running, "failures": row.failures,
        "last_success": moment(row.last_success), "last_export": row.last_export and str(row.last_export),
        "last_state": row.last_state, "next_runs": [moment(run) for run in row.next_runs],
    }
