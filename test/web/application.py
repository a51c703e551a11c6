"""An application in this process that has nothing but the endpoint, its history and its schedules."""

import flask
import sqlalchemy

from demo import EXPORT, PAGE
from web.api import leads_export, leads_history, leads_schedules


def authentication(tenant):
    """What an application has already, where everybody is signed in."""
    def require_api_auth(_roles):
        def decorate(view):
            def guarded(**place):
                flask.g.tenant = tenant
                return view(**place)
            return guarded
        return decorate
    return require_api_auth


def engine_for(test, database_name="crm_web", **settings):
    """One connection of the application's role, which an answer has to give back before it takes it again."""
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    engine = sqlalchemy.create_engine(f"postgresql+psycopg2://crm_web@/{database_name}",
                                      connect_args={"options": options}, pool_size=1, max_overflow=0, pool_timeout=5)
    test.addCleanup(engine.dispose)
    return engine


class Application:
    def __init__(self, engine, tenant=7, connect=None, keep=None, **options):
        self.engine = engine
        self.flask = flask.Flask("application")
        arguments = authentication(tenant), connect or engine.connect, lambda: "owner"
        self.flask.register_blueprint(leads_export.leads_export_blueprint(*arguments, keep=keep, **options))
        self.flask.register_blueprint(leads_history.leads_history_blueprint(*arguments, **options))
        self.flask.register_blueprint(leads_schedules.leads_schedules_blueprint(*arguments, **options))

    def ask(self, method="GET", address=EXPORT, headers=None, **query):
        """A query's None is a parameter that is not sent."""
        return self.flask.test_client().open(address, method=method, headers=headers,
                                             query_string={"status_id": "new", **query})

    def call(self, method, address, body=None, headers=None, **query):
        """What the page's scripts ask the history and the schedules."""
        return self.flask.test_client().open(address, method=method, headers={**PAGE, **(headers or {})},
                                             json=body, query_string=query)
