"""What the checks work with: a database with the extension, a mail server, and mailers between them."""

import contextlib
import email
import email.policy
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import psycopg2.extras
from checks import Failure, expect
from session import ServerSession

POSTMAN = "export_leads_postman"
USER, PASSWORD = "crm", "s3cret pass%word"
PIECE = 256 * 1024
psycopg2.extras.register_uuid()


def wait_until(is_true, what, seconds=20):
    ends = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > ends:
            raise Failure(f"not within {seconds} seconds: {what}")
        time.sleep(0.02)


class Mail:
    """What the server was given: `message` is parsed, `raw` is as it came."""

    def __init__(self, path):
        vars(self).update(json.loads(path.read_text()))
        self.raw = path.with_suffix(".eml").read_bytes()
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    def body(self, kind):
        return self.message.get_body((kind,)).get_content()

    def attachments(self):
        """Pairs of a name and the bytes."""
        return [(part.get_filename(), part.get_payload(decode=True)) for part in self.message.iter_attachments()]


class MailServer:
    def __init__(self, office, **options):
        self.office = office
        self.options = {"security": "starttls", "user": USER, "password": PASSWORD, **office.certificate, **options}
        self.port = 0
        self.start()

    def start(self):
        program = Path(__file__).with_name("mail_server.py")
        with open(self.office.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-B", program, self.office.mails_folder, str(self.port), json.dumps(self.options)],
                stdout=subprocess.PIPE, stderr=log, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class RunningMailer:
    """A process of the mailer's; what it logs is in a file, as a pipe may run full."""

    def __init__(self, office, path, *options):
        self.log = office.folder / f"mailer-{next(office.numbers)}.log"
        command = [sys.executable, "-B", "web/mailer", str(path), *options]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stderr=log, env=office.environment)
        office.leftovers.callback(self.kill)

    def said(self):
        return self.log.read_text(encoding="utf-8")

    def end(self, seconds=60):
        """Its status, and what it said."""
        try:
            return self.process.wait(seconds), self.said()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure(f"the mailer does not end; it said: {self.said()}") from None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Office:
    def __init__(self, database, folder):
        self.database = database
        self.folder = folder
        self.mails_folder = folder / "mails"
        self.numbers = iter(range(1, 10**6))
        self.server = None
        self.leftovers = contextlib.ExitStack()  # what a check that failed may have left
        self.environment = {**os.environ, "LC_ALL": "C"}
        self.session = ServerSession(dbname=database)
        self.make_database()
        self.certificate = self.make_certificate("trusted")

    def make_database(self):
        for statement in ("CREATE SCHEMA export_leads", "CREATE EXTENSION export_leads SCHEMA export_leads",
                          f"CREATE ROLE {POSTMAN} LOGIN",
                          f"SELECT export_leads.export_leads_allow_mailer('{POSTMAN}')"):
            self.session.rows(statement)

    def make_certificate(self, name):
        certificate, key = str(self.folder / f"{name}.crt"), str(self.folder / f"{name}.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", certificate,
                        "-keyout", key], check=True, stderr=subprocess.DEVNULL)
        return {"certificate": certificate, "key": key}

    def begin(self):
        """Nothing of the check before is left."""
        self.leftovers.close()
        self.stop_server()
        self.session.rows("TRUNCATE export_leads.export_leads_exports, export_leads.export_leads_pieces, "
                          "export_leads.export_leads_deliveries")
        self.mails_folder.mkdir(exist_ok=True)
        for file in self.mails_folder.iterdir():
            file.unlink()

    def stop_server(self):
        if self.server:
            self.server.stop()
            self.server = None

    def close(self):
        self.leftovers.close()
        self.stop_server()
        self.session.connection.close()

    def serve(self, **options):
        self.server = MailServer(self, **options)
        return self.server

    def configure(self, **changed):
        """The path of a configuration for the running server. Keys are section_key; None leaves a key out."""
        password_file = self.folder / "password"
        password_file.write_text(PASSWORD + "\n")
        keys = {
            "database_dsn": f"host={os.environ['PGHOST']} dbname={self.database} user={POSTMAN}",
            "server_host": "localhost", "server_port": self.server.port if self.server else 1,
            "server_user": USER, "server_password_file": password_file,
            "server_ca_file": self.certificate["certificate"], "server_timeout": "10 s",
            "mail_sender": "ייצוא לידים <exports@crm.example.com>", "mail_time_zone": "Asia/Jerusalem",
            "delivery_first_pause": "10 s", **changed}
        sections = {}
        for name, value in keys.items():
            if value is not None:
                section, _, key = name.partition("_")
                sections.setdefault(section, []).append(f"{key} = {value}")
        path = self.folder / f"mailer-{next(self.numbers)}.ini"
        path.write_text("".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items()))
        return path

    def mail_once(self, **changed):
        """What the mailer says when it delivers what is due, and ends well."""
        status, said = RunningMailer(self, self.configure(**changed), "--once").end()
        if status != 0:
            raise Failure(f"the mailer ended with {status}: {said}")
        return said

    def start_mailer(self, *options, **changed):
        return RunningMailer(self, self.configure(**changed), *options)

    @contextlib.contextmanager
    def running_mailer(self, **changed):
        mailer = self.start_mailer(**changed)
        try:
            yield mailer
        finally:
            mailer.kill()

    def mails(self):
        """In the order in which they came."""
        return [Mail(path) for path in sorted(self.mails_folder.glob("*.json"), key=lambda path: int(path.stem))]

    def logins(self):
        """How the passwords came that the server was given: encrypted or clear."""
        path = self.mails_folder / "logins"
        return path.read_text().split() if path.exists() else []

    def keep(self, body=b"\xef\xbb\xbflead_id\r\n1\r\n", **changed):
        """The id of a kept export with that file."""
        row = {"tenant": "7", "status": "new", "format": "csv", "role": "crm_app", "state": "done",
               "started_at": "2026-01-31 06:00:00+00", "finished_at": "2026-01-31 06:00:01+00", "lead_count": 108,
               "filename": "outbound_leads_status_new_2026-01-31.csv", "content_type": "text/csv; charset=utf-8",
               "size": len(body), "sha256": hashlib.sha256(body).digest(), **changed}
        export_id = self.session.value(
            f"INSERT INTO export_leads.export_leads_exports ({', '.join(row)}) "
            f"VALUES ({', '.join(['%s'] * len(row))}) RETURNING export_id", tuple(row.values()))
        for first in range(0, len(body), PIECE):
            piece = body[first:first + PIECE]
            self.session.rows("INSERT INTO export_leads.export_leads_pieces VALUES (%s, %s, %s, %s, %s)",
                              (row["tenant"], export_id, first, len(piece), zlib.compress(piece, 1)))
        return export_id

    def deliver(self, *recipients, name=None, export_id=None, **export):
        """The ids of deliveries to them, of an export made for it unless one is named."""
        if export_id is None:
            export_id = self.keep(**export)
        ids = [self.session.value("INSERT INTO export_leads.export_leads_deliveries "
                                  "(tenant, export_id, recipient, name) VALUES (%s, %s, %s, %s) RETURNING delivery_id",
                                  (export.get("tenant", "7"), export_id, recipient, name))
               for recipient in recipients]
        self.session.rows("SELECT pg_notify('export_leads_deliveries', %s)", (str(ids[-1]),))
        return ids

    def row(self, delivery_id):
        """Its state, attempts and error."""
        return self.session.rows("SELECT state, attempts, error FROM export_leads.export_leads_deliveries "
                                 "WHERE delivery_id = %s", (delivery_id,))[0]

    def expect_row(self, delivery_id, *wanted):
        expect(self.row(delivery_id), wanted, "the delivery's state, attempts and error")

    def pause_of(self, delivery_id):
        """The seconds until the next attempt."""
        return float(self.session.value("SELECT extract(epoch FROM next_attempt - clock_timestamp()) "
                                        "FROM export_leads.export_leads_deliveries WHERE delivery_id = %s",
                                        (delivery_id,)))

    def let_time_pass(self):
        """As if all pauses and leases were over."""
        self.session.rows("UPDATE export_leads.export_leads_deliveries "
                          "SET next_attempt = least(next_attempt, now()), "
                          "leased_until = CASE WHEN leased_until IS NOT NULL THEN now() END")
