"""The loop: waits for deliveries, claims one, sends its mail, and records how that went.

The server is asked first and the delivery is claimed then, so that a server that is away costs no delivery an attempt.
One delivery is claimed at a time, for longer than its sending may take: no other mailer takes it over meanwhile. A
mail is sent twice only if the mailer or its machine dies, or the database stays away for that long, after the server
took the mail and before that was recorded.
"""

import logging
import os
import select
import signal
import time

from mailer.message import UnmakableMail, UnusableAddress, make_mail
from mailer.outbox import DatabaseLost, FileUnusable
from mailer.server import Refused, ServerLost
from mailer.texts import duration_text, one_line

log = logging.getLogger("mailer")

# What a lease has beyond the time for sending: fetching the file, and recording what became of it.
SLACK = 120
FIRST_PAUSE, LONGEST_PAUSE = 1, 300


class Stop:
    """Whether the mailer was told to end, which SIGTERM and SIGINT do; it can be waited for."""

    def __init__(self):
        self.was_asked = False
        self.reader, self.writer = os.pipe()

    def on_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ask())

    def ask(self):
        if not self.was_asked:
            self.was_asked = True
            os.write(self.writer, b"!")

    def pause(self, seconds):
        select.select([self.reader], [], [], seconds)


class Mailer:
    def __init__(self, configuration, outbox, server, stop):
        self.configuration = configuration
        self.outbox = outbox
        self.server = server
        self.stop = stop
        self.counts = {"sent": 0, "to be tried again": 0, "given up": 0}

    def run_once(self):
        """Delivers what is due now. Raises what keeps it from that."""
        self.outbox.connect()
        while not self.stop.was_asked and self.outbox.next_delivery() == 0:
            self.server.connect()
            if not self.deliver_one():
                break
        self.server.leave()

    def run(self):
        """Until it is told to end. Raises only what somebody has to mend."""
        failures = 0
        while not self.stop.was_asked:
            try:
                self.outbox.connect()
                self.work_or_wait()
                failures = 0
            except (DatabaseLost, ServerLost) as error:
                pause = min(FIRST_PAUSE * 2 ** min(failures, 60), LONGEST_PAUSE)
                failures += 1
                what = "the database: " if isinstance(error, DatabaseLost) else ""
                log.error("%s%s; nothing is sent, next try in %s", what, one_line(error, 500), duration_text(pause))
                self.stop.pause(pause)
        self.server.leave()

    def work_or_wait(self):
        due_in = self.outbox.next_delivery()
        if due_in == 0:
            self.server.connect()
            if not self.deliver_one():  # another mailer was faster, or is about to be
                self.stop.pause(1)
        else:
            self.server.leave()
            poll = self.configuration.poll
            self.outbox.wait(poll if due_in is None else min(max(due_in, 0.1), poll), [self.stop.reader])

    def deliver_one(self):
        """Whether there was one."""
        began = time.monotonic()
        delivery = self.outbox.claim(self.configuration.send_timeout + SLACK)
        if delivery is None:
            return False
        if delivery.attempt > self.configuration.attempts:
            self.record_failure(delivery, "no attempt ended: the mailer may have been killed each time", is_final=True)
            return True
        try:
            mail = self.mail_of(delivery)
            self.server.send(mail, max(1, self.configuration.send_timeout - (time.monotonic() - began)))
        except (FileUnusable, Refused) as error:
            self.record_failure(delivery, str(error), error.is_final)
        except (UnusableAddress, UnmakableMail) as error:
            self.record_failure(delivery, str(error), is_final=True)
        else:
            self.record(delivery, lambda: self.outbox.done(delivery), "sent", "sent")
        return True

    def mail_of(self, delivery):
        """With the file where it is small enough for the configuration and for the server."""
        if delivery.size <= self.configuration.attach_limit:
            mail = make_mail(delivery, self.outbox.file(delivery), self.configuration)
            limit = self.server.largest_mail()
            if limit is None or len(mail.content) <= limit:
                return mail
        return make_mail(delivery, None, self.configuration)

    def record_failure(self, delivery, error, is_final):
        error = one_line(error, 500)
        if is_final or delivery.attempt >= self.configuration.attempts:
            pause, outcome, remark = None, "given up", f"given up: {error}"
        else:
            pause = self.configuration.pause_after(delivery.attempt)
            outcome, remark = "to be tried again", f"to be tried again in {duration_text(pause)}: {error}"
        self.record(delivery, lambda: self.outbox.failed(delivery, error, pause), outcome, remark)

    def record(self, delivery, tell, outcome, remark):
        """A lost database is tried again for as long as nobody else can have claimed the delivery."""
        name = f"delivery {delivery.delivery_id} to {one_line(delivery.recipient)}, attempt {delivery.attempt}"
        ends = time.monotonic() + SLACK / 2
        while True:
            try:
                self.outbox.connect()
                was_ours = tell()
                break
            except DatabaseLost as error:
                if time.monotonic() >= ends:
                    log.error("%s: %s, but that could not be recorded: when the database is back it is tried again",
                              name, remark)
                    raise
                log.warning("%s: %s; the database is lost: %s", name, remark, one_line(error, 300))
                time.sleep(1)
        self.counts[outcome] += 1
        log.log(logging.INFO if outcome == "sent" else logging.WARNING, "%s: %s%s", name, remark,
                "" if was_ours else " (but its lease had ended, and another mailer took over)")
