"""The demonstration as a process of its own, clients that sign in to it, and the database behind it."""

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg2

EXPORT = "/api/outbound/leads/export"
COUNT, COLUMNS = EXPORT + "/count", EXPORT + "/columns"
HISTORY, SCHEDULES = EXPORT + "/history", EXPORT + "/schedules"
PAGE = {"X-Requested-With": "XMLHttpRequest"}
HEBREW = re.compile("[\u05d0-\u05ea]")


class Demo:
    """A process that serves the demonstration, with arguments of its own; a context manager."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = subprocess.Popen([sys.executable, "-B", "-m", "web.demo.app", os.environ["BUILD_DIR"] + "/web",
                                         *self.arguments], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port = urlsplit(self.process.stdout.readline()).port
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def log_text(self):
        """What the process has logged, but for the requests, which hold their addresses."""
        self.log.seek(0)
        return "".join(line for line in self.log if " HTTP/1" not in line)

    def peak_memory(self):
        """In bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


class Client:
    def __init__(self, demo, user=None):
        self.port = demo.port
        self.cookie = ""
        if user:
            self.post("/api/login", user=user)

    @contextlib.contextmanager
    def request(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            sent = {"Cookie": self.cookie, "Content-Type": "application/json", **dict(headers)}
            connection.request(method, path, body, sent)
            yield connection.getresponse()
        finally:
            connection.close()

    def post(self, path, **values):
        with self.request("POST", path, json.dumps(values)) as response:
            assert response.status == 200, response.status
            self.cookie = response.getheader("Set-Cookie").partition(";")[0]

    def export(self, address=EXPORT, **query):
        """The status, the headers and the body of an export."""
        with self.request("GET", f"{address}?{urlencode(query, doseq=True)}") as response:
            return response.status, response.headers, response.read()


def database():
    connection = psycopg2.connect(dbname="crm_web")
    connection.autocommit = True
    return connection.cursor()


def one(cursor, query, *values):
    cursor.execute(query, values)
    return cursor.fetchone()[0]


def exported(cursor, tenant, status):
    """What the extension itself makes of a column."""
    return one(cursor, "SELECT export_leads.export_leads_csv(%s, %s)", tenant, status).encode()


@contextlib.contextmanager
def between(cursor, before, after):
    """Runs SQL before the body, and more that takes it back after."""
    cursor.execute(before)
    try:
        yield
    finally:
        cursor.execute(after)


@contextlib.contextmanager
def leads_of(cursor, status, notes):
    """Leads of tenant 7 in a status of their own, one for each row of the query `notes`."""
    cursor.execute("ALTER TABLE leads ALTER notes SET COMPRESSION lz4")
    cursor.execute(f"INSERT INTO leads (tenant_id, status, notes) SELECT 7, %s, notes FROM ({notes}) AS rows (notes)",
                   (status,))
    try:
        yield
    finally:
        cursor.execute("DELETE FROM leads WHERE status = %s", (status,))
