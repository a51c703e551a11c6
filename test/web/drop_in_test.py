"""What an application that takes the endpoint relies on: the language, and the lines of web/README.md."""

import ast
import re
import types
import unittest
from pathlib import Path
from unittest import mock

import flask
import psycopg2
import sqlalchemy

from demo import database, exported
from web.api import leads_export


def readme_code():
    readme = Path("web/README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)


def require_api_auth(_roles):
    def decorate(view):
        def guarded():
            flask.g.tenant = 7
            return view()
        return guarded
    return decorate


class DropInTest(unittest.TestCase):
    def test_the_endpoint_is_written_for_python_3_8(self):
        ast.parse(Path("web/api/leads_export.py").read_text(encoding="utf-8"), feature_version=(3, 8))

    def export_through_the_lines(self, database_name):
        """The answer of an application that the README's lines have put the endpoint into."""
        lines, _ = readme_code()
        self.assertLessEqual(len(lines.splitlines()), 10)
        engine = sqlalchemy.create_engine(f"postgresql+psycopg2://crm_web@/{database_name}")
        self.addCleanup(engine.dispose)
        application = types.ModuleType("application")
        application.app = flask.Flask("application")
        application.db = types.SimpleNamespace(engine=engine)
        application.require_api_auth = require_api_auth
        with mock.patch.dict("sys.modules", application=application, leads_export=leads_export):
            exec(lines, {})
        return application.app.test_client().get("/api/outbound/leads/export?status_id=new")

    def test_ten_lines_put_it_into_an_application(self):
        answer = self.export_through_the_lines("crm_web")
        self.assertEqual((answer.status_code, answer.data), (200, exported(database(), 7, "new")))

    def test_a_database_that_cannot_be_reached_is_500(self):
        with self.assertLogs(leads_export.LOG, "ERROR") as logged:
            answer = self.export_through_the_lines("missing")
        self.assertEqual((answer.status_code, list(answer.json)), (500, ["error"]))
        self.assertEqual(logged.output, [f"ERROR:{leads_export.__name__}:"
                                         "the export of leads failed: OperationalError, SQLSTATE none"])

    def stream_through_the_lines(self, status):
        """The answer, and the connection that it comes over."""
        _, lines = readme_code()
        names = {}
        exec(lines, names)
        connection = psycopg2.connect(dbname="crm_web")
        self.addCleanup(connection.close)
        return names["stream_column"](connection, 7, status), connection

    def test_the_lines_on_streaming_give_the_same_bytes(self):
        response, connection = self.stream_through_the_lines("new")
        self.assertTrue(response.is_streamed)
        self.assertEqual(response.get_data(), exported(database(), 7, "new"))
        response.close()
        self.assertTrue(connection.closed)

    def test_an_error_comes_before_the_stream_begins(self):
        with self.assertRaises(psycopg2.DataError) as raised:
            self.stream_through_the_lines("a b")
        self.assertEqual(raised.exception.pgcode, "22023")
