"""Mail for the demonstration: a timer, the mailer, and a mail server on this machine that keeps what it gets.

The timer and the server are threads, which end with the process; the mailer is started for what is due.
"""

import subprocess
import sys
import threading
from pathlib import Path

import psycopg2
from aiosmtpd.controller import Controller

CONFIGURATION = """\
[database]
dsn = dbname=crm_web user=crm_mailer

[server]
host = 127.0.0.1
port = {port}
security = none

[mail]
sender = ייצוא לידים <exports@crm.example.com>
business = עסק מספר {{tenant}}
time_zone = Asia/Jerusalem
"""
SCHEDULE = """
    SELECT export_leads.export_leads_schedule(
        7, 'no_answer', '08:00', time_zone => 'Asia/Jerusalem', format => 'xlsx',
        recipients => '{owner7@example.co.il}', requested_by => 'owner7', name => 'ממתינים לתשובה')"""
MAKE_DUE = "UPDATE export_leads.export_leads_schedules SET next_run = now(), due = now() WHERE schedule_id = %s"
SECONDS = 5


class Keeper:
    """What the mail server does with a mail."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        unfinished = self.folder / "unfinished"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(self.folder / f"{self.count}.eml")
        return "250 OK"


class FreePort(Controller):
    """aiosmtpd's controller, on a port that the system chooses: it connects once to see that its server answers."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailRoom:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mailer = None
        self.ended = threading.Event()
        self.server = FreePort(Keeper(self.folder), hostname="127.0.0.1", port=0)
        self.server.start()
        self.configuration = self.folder / "mailer.ini"
        self.configuration.write_text(CONFIGURATION.format(port=self.server.port), encoding="utf-8")

    def send_first_mail(self):
        """Of a schedule that is due at once, and then every morning."""
        schedule = query("crm_web", SCHEDULE)[0][0]
        query(None, MAKE_DUE, schedule)
        self.work()

    def work(self):
        """Runs the schedules that are due, as a timer does, and mails what they exported."""
        query("crm_timer", "CALL export_leads.export_leads_run_due()")
        due_in, = query("crm_mailer", "SELECT export_leads.export_leads_next_delivery()")[0]
        if due_in is not None and due_in.total_seconds() == 0:
            self.mailer = subprocess.Popen([sys.executable, "-B", "web/mailer", self.configuration, "--once"])
            self.mailer.wait()

    def close(self):
        """Leaves no mailer running."""
        self.ended.set()
        if self.mailer:
            self.mailer.kill()
            self.mailer.wait()

    def work_on(self):
        """From now on, beside whatever else the process does."""
        threading.Thread(target=self.repeat, daemon=True).start()

    def repeat(self):
        while not self.ended.wait(SECONDS):
            try:
                self.work()
            except psycopg2.Error as error:
                print(error, file=sys.stderr)


def query(user, statement, *values):
    connection = psycopg2.connect("dbname=crm_web", **({"user": user} if user else {}))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
