"""A minimal application around the endpoint, to run and to test it:  python3 -m web.demo.app FOLDER [PORT]

Serves the API and, from FOLDER, the built page on 127.0.0.1, and prints the page's address. Whoever asks is signed in
as the user of their choice: nothing but demonstration data belongs behind it. libpq's environment variables name the
server of the database that web/demo/crm.sql made.
"""

import functools
import os
import sys

from flask import Flask, g, jsonify, request, session
from sqlalchemy import create_engine, text
from werkzeug.serving import make_server

from web.api.leads_export import leads_export_blueprint

USERS = {
    "owner7": {"role": "owner", "tenant": 7},
    "admin13": {"role": "admin", "tenant": 13},
    "support": {"role": "system_admin", "tenant": None},
    "agent7": {"role": "agent", "tenant": 7},
    "newcomer": {"role": "owner", "tenant": None},
}
BUSINESSES = (7, 13)

BOARD = text("""
    SELECT status.name, status.label, lead.id,
           coalesce(lead.name, concat_ws(' ', lead.first_name, lead.last_name)) AS full_name, lead.phone_e164
    FROM lead_statuses AS status
    LEFT JOIN leads AS lead ON lead.tenant_id = status.business_id AND lead.status = status.name
    WHERE status.business_id = :tenant
    ORDER BY status.id, lead.created_at DESC, lead.id DESC""")


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


def create_app(engine, page_folder):
    app = Flask(__name__, static_folder=os.path.abspath(page_folder), static_url_path="")
    app.secret_key = os.urandom(16)
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.register_blueprint(leads_export_blueprint(require_api_auth, engine.connect, lambda: session["user"]["role"]))

    @app.route("/app/outbound-calls")
    def page():
        return app.send_static_file("index.html")

    @app.route("/api/login", methods=["POST"])
    def login():
        session["user"] = dict(USERS[request.get_json()["user"]])
        return jsonify(session["user"])

    @app.route("/api/business", methods=["POST"])
    @require_api_auth(["system_admin"])
    def choose_business():
        tenant = request.get_json()["tenant"]
        session["user"] = dict(session["user"], tenant=tenant if tenant in BUSINESSES else None)
        return jsonify(session["user"])

    @app.route("/api/outbound/board")
    @require_api_auth(["system_admin", "owner", "admin", "agent"])
    def board():
        columns = {}
        with engine.connect() as connection:
            for row in connection.execute(BOARD, {"tenant": g.tenant}):
                column = columns.setdefault(row.name, {"name": row.name, "label": row.label, "leads": []})
                if row.id is not None:
                    column["leads"].append({"id": row.id, "full_name": row.full_name, "phone": row.phone_e164})
        return jsonify(user=session["user"], columns=list(columns.values()))

    return app


def main(page_folder, port="0"):
    engine = create_engine("postgresql+psycopg2://crm_web@/crm_web")
    server = make_server("127.0.0.1", int(port), create_app(engine, page_folder), threaded=True)
    print(f"http://127.0.0.1:{server.port}/app/outbound-calls", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
