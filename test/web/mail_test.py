"""The demonstration's mail: `script/demo web` says where it is."""

import email
import email.policy
import os
import tempfile
import time
import unittest
from pathlib import Path

from demo import Demo, database, one

FORGET = ("DELETE FROM export_leads.export_leads_exports WHERE schedule_id = ANY (%s::uuid[])",
          "DELETE FROM export_leads.export_leads_schedules WHERE schedule_id = ANY (%s::uuid[])")
SCHEDULES = "SELECT coalesce(array_agg(schedule_id::text), '{}') FROM export_leads.export_leads_schedules"


class Mail(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        before = set(one(self.cursor, SCHEDULES))
        self.addCleanup(self.forget_all_but, before)

    def forget_all_but(self, before):
        made = list(set(one(self.cursor, SCHEDULES)) - before)
        for statement in FORGET:
            self.cursor.execute(statement, (made,))

    def test_a_schedule_of_the_demonstration_is_mailed_and_nothing_is_left_running(self):
        with Demo("0", "keep", self.folder) as demo:
            told = self.told(demo)
            self.assertIn(f"{self.folder}/1.eml", told)
            self.check_mail(Path(self.folder) / "1.eml")
            # A later one comes by itself.
            self.cursor.execute("UPDATE export_leads.export_leads_schedules SET next_run = now(), due = now() "
                                "WHERE status = 'no_answer'")
            second = Path(self.folder) / "2.eml"
            ends = time.monotonic() + 60
            while not second.exists() and time.monotonic() < ends:
                time.sleep(0.1)
            self.check_mail(second)
        self.assertEqual(self.left_running(), [])

    def told(self, demo):
        text = ""
        while not text.endswith(".eml.\n"):
            line = demo.process.stdout.readline()
            self.assertTrue(line, "the demonstration ended")
            text += line
        return text

    def check_mail(self, path):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        self.assertEqual(message["To"], "owner7@example.co.il")
        self.assertIn("ממתינים לתשובה – 108 לידים", message["Subject"])
        attachment, = message.iter_attachments()
        self.assertTrue(attachment.get_filename().endswith(".xlsx"))
        self.assertEqual(attachment.get_payload(decode=True)[:4], b"PK\3\4")

    def left_running(self):
        """The command lines of processes that name the folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes()
            except OSError:
                continue
            if self.folder.encode() in line and path.parent.name != str(os.getpid()):
                found.append(line)
        return found
