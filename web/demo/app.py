"""A minimal application around the endpoint, to run and to test it:

    python3 -m web.demo.app FOLDER [PORT [keep [MAILS]]]

Serves the API and, from FOLDER, the built page on 127.0.0.1, and prints the page's address and what there is to try.
With `keep` after the port, the database keeps what is exported; with a folder for mails after that, schedules run.
Whoever asks is signed in as the user of their choice: nothing but demonstration data belongs behind it. libpq's
environment variables name the server of the database that web/demo/crm.sql made.
"""

import functools
import os
import signal
import sys

from flask import Flask, g, jsonify, request, session
from sqlalchemy import create_engine, text
from werkzeug.serving import make_server

from web.api.leads_export import leads_export_blueprint
from web.api.leads_history import KeptExports, leads_history_blueprint
from web.api.leads_schedules import leads_schedules_blueprint

USERS = {
    "owner7": {"role": "owner", "tenant": 7},
    "admin13": {"role": "admin", "tenant": 13},
    "support": {"role": "system_admin", "tenant": None},
    "agent7": {"role": "agent", "tenant": 7},
    "owner21": {"role": "owner", "tenant": 21},
    "newcomer": {"role": "owner", "tenant": None},
}
PAGES = {7: ["calls_outbound"], 13: ["calls_outbound"], 21: []}
BUSINESSES = (7, 13)

COLUMNS = text("""
    SELECT status.name, status.label, status.color, count(lead.id) AS total
    FROM lead_statuses AS status
    LEFT JOIN leads AS lead ON lead.tenant_id = status.business_id AND lead.status = status.name
    WHERE status.business_id = :tenant
    GROUP BY status.id
    ORDER BY status.id""")
LEADS = text("""
    SELECT id, coalesce(name, concat_ws(' ', first_name, last_name)) AS full_name, phone_e164 AS phone
    FROM leads
    WHERE tenant_id = :tenant AND status = :status
    ORDER BY created_at DESC, id DESC
    LIMIT 10 OFFSET :loaded""")
# What nobody works on any more is loaded when somebody asks for it.
NOT_LOADED_AT_FIRST = ["closed_lost"]

TO_TRY = """\
Sign in there as the owner of business 7 (eight columns, 108 leads without an answer), the administrator of 13, support
(who chooses a business), an agent (who may not export) or the owner of 21 (whose business has not got this page).
A column's first export button gives a CSV at once; the one beside it opens the dialog: Excel, columns, dates, and past
exports and schedules on tabs of their own.
"""


def require_api_auth(roles):
    """What an application has already: 401 for strangers, 403 for other roles, g.tenant for everybody else."""
    def decorate(view):
        @functools.wraps(view)
        def guarded(*args, **kwargs):
            user = session.get("user")
            if not user:
                return jsonify(error="יש להתחבר למערכת"), 401
            if user["role"] not in roles:
                return jsonify(error="אין לך הרשאה לפעולה זו"), 403
            g.tenant = user["tenant"]
            return view(*args, **kwargs)
        return guarded
    return decorate


def require_page_access(page):
    """What an application has already: 403 for a business that has not got the page."""
    def decorate(view):
        @functools.wraps(view)
        def guarded(*args, **kwargs):
            if g.tenant and page not in PAGES[g.tenant]:
                return jsonify(error="הדף הזה אינו זמין לעסק שלך"), 403
            return view(*args, **kwargs)
        return guarded
    return decorate


def guard(roles):
    """All that guards the page of outbound calls."""
    def decorate(view):
        return require_api_auth(roles)(require_page_access("calls_outbound")(view))
    return decorate


def create_app(engine, page_folder, keep=None):
    app = Flask(__name__, static_folder=os.path.abspath(page_folder), static_url_path="")
    app.secret_key = os.urandom(16)
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    application = {"current_role": lambda: session["user"]["role"], "current_user": lambda: session["user"]["name"]}
    app.register_blueprint(leads_export_blueprint(guard, engine.connect, keep=keep, **application))
    app.register_blueprint(leads_history_blueprint(guard, engine.connect, **application))
    app.register_blueprint(leads_schedules_blueprint(guard, engine.connect, **application))

    @app.route("/app/outbound-calls")
    def page():
        return app.send_static_file("index.html")

    @app.route("/api/login", methods=["POST"])
    def login():
        name = request.get_json()["user"]
        session["user"] = dict(USERS[name], name=name)
        return jsonify(session["user"])

    @app.route("/api/business", methods=["POST"])
    @require_api_auth(["system_admin"])
    def choose_business():
        tenant = request.get_json()["tenant"]
        session["user"] = dict(session["user"], tenant=tenant if tenant in BUSINESSES else None)
        return jsonify(session["user"])

    @app.route("/api/outbound/board")
    @guard(["system_admin", "owner", "admin", "agent"])
    def board():
        with engine.connect() as connection:
            columns = [dict(column, leads=[] if column["name"] in NOT_LOADED_AT_FIRST else
                            page_of_leads(connection, column["name"], 0))
                       for column in connection.execute(COLUMNS, {"tenant": g.tenant}).mappings()]
        return jsonify(user=session["user"], columns=columns)

    @app.route("/api/outbound/board/<status>")
    @guard(["system_admin", "owner", "admin", "agent"])
    def more_leads(status):
        with engine.connect() as connection:
            return jsonify(leads=page_of_leads(connection, status, request.args.get("loaded", 0, type=int)))

    return app


def page_of_leads(connection, status, loaded):
    """The leads of a status that follow those that the page has loaded."""
    values = {"tenant": g.tenant, "status": status, "loaded": loaded}
    return [dict(lead) for lead in connection.execute(LEADS, values).mappings()]


MAILED = """\
Schedules run, and their mails are kept in {folder} until the demonstration ends. The first is there: a mail
program opens {folder}/1.eml.
"""


def main(page_folder, port="0", keep="", mails=""):
    engine = create_engine("postgresql+psycopg2://crm_web@/crm_web")
    app = create_app(engine, page_folder, KeptExports if keep else None)
    server = make_server("127.0.0.1", int(port), app, threaded=True)
    told = TO_TRY
    if mails:
        from web.demo.mail import MailRoom  # which needs a mail server, python3-aiosmtpd
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        room = MailRoom(mails)
        room.send_first_mail()
        room.work_on()
        told += MAILED.format(folder=mails)
    # in one piece: whoever reads the address alone may close the pipe after it
    print(f"http://127.0.0.1:{server.port}/app/outbound-calls\n{told}", end="", flush=True)
    try:
        server.serve_forever()
    finally:
        if mails:
            room.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
