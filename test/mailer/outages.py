"""Servers, databases and mailers that go away, at each step."""

from checks import expect
from office import POSTMAN, RunningMailer, wait_until
from session import ServerSession

IS_WAITING = ("SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND datname = current_database() "
              "AND wait_event_type = 'Lock'")
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"


def in_the_middle_of_data(office):
    server = office.serve()
    delivery, = office.deliver("dies@example.com", body=b"x" * 1_000_000)
    RunningMailer(office, office.configure(), "--once").end()
    state, attempts, error = office.row(delivery)
    expect((state, attempts, error.partition(":")[0]),
           ("waiting", 1, "the connection to the mail server was lost"), "the row")
    server.process.wait(10)
    expect(office.mails(), [], "the mails")
    # The server that comes up again is another one for this recipient: it takes the mail.
    office.session.rows("UPDATE export_leads.export_leads_deliveries SET recipient = 'dana@example.com'")
    server.start()
    office.let_time_pass()
    office.mail_once()
    office.expect_row(delivery, "sent", 2, None)
    expect(len(office.mails()), 1, "the number of mails")


def server_away(office):
    server = office.serve()
    port = server.port
    server.stop()
    delivery, = office.deliver("dana@example.com")
    with office.running_mailer() as mailer:
        wait_until(lambda: mailer.said().count("cannot be reached") >= 2, "the mailer tries again")
        expect(f"ERROR: the mail server localhost:{port} cannot be reached" in mailer.said(), True, "the log names it")
        office.expect_row(delivery, "waiting", 0, None)
        server.start()
        wait_until(office.mails, "the mail comes when the server is back")
        wait_until(lambda: office.row(delivery) == ("sent", 1, None), "the delivery is recorded")
        status, said = mailer.stop()
    expect(status, 0, "the mailer's status")
    expect("ended: 1 sent, 0 to be tried again, 0 given up" in said, True, "the log sums up")


class HeldMail:
    """A mail that the server has and has not answered yet, while the delivery's row is locked: when it is answered, the
    mailer waits for the row to record that."""

    def __init__(self, office, **changed):
        self.office = office
        office.serve()
        self.delivery, = office.deliver("hold@example.com")
        self.mailer = office.start_mailer(**changed)
        wait_until(office.mails, "the mail comes")
        self.lock = ServerSession(dbname=office.database)
        office.leftovers.callback(self.unlock)
        self.lock.rows("BEGIN")
        self.lock.rows("SELECT FROM export_leads.export_leads_deliveries FOR UPDATE")
        (office.mails_folder / "go").touch()
        wait_until(lambda: office.session.value(IS_WAITING, (POSTMAN,)) == 1, "the mailer waits for the row")

    def end_sessions(self):
        self.office.session.rows(END_SESSIONS, (POSTMAN,))

    def unlock(self):
        self.lock.connection.close()


def killed_before_recording(office):
    held = HeldMail(office)
    held.mailer.kill()
    held.end_sessions()
    held.unlock()
    office.expect_row(held.delivery, "waiting", 1, None)
    office.mail_once()
    office.expect_row(held.delivery, "waiting", 1, None)
    office.let_time_pass()
    office.mail_once()
    office.expect_row(held.delivery, "sent", 2, None)
    expect([mail.message["Message-ID"] for mail in office.mails()],
           [f"<{held.delivery}@crm.example.com>"] * 2, "the mails' Message-IDs")


def database_lost_before_recording(office):
    held = HeldMail(office)
    held.end_sessions()
    held.unlock()
    wait_until(lambda: office.row(held.delivery) == ("sent", 1, None), "the delivery is recorded")
    status, said = held.mailer.stop()
    expect((status, "the database is lost" in said), (0, True), "the mailer's status, and whether it said so")
    expect(len(office.mails()), 1, "the number of mails")


def told_to_end(office):
    held = HeldMail(office)
    office.deliver("dana@example.com")
    held.mailer.process.terminate()
    held.unlock()
    status, said = held.mailer.end()
    expect((status, "ended: 1 sent" in said), (0, True), "the mailer's status, and what it said")
    office.expect_row(held.delivery, "sent", 1, None)
    expect([mail.recipients for mail in office.mails()], [["hold@example.com"]], "the mails")


def told_to_end_while_waiting(office):
    office.serve()
    with office.running_mailer(delivery_poll="1 h") as mailer:
        wait_until(lambda: "waiting for deliveries" in mailer.said(), "the mailer waits")
        status, _ = mailer.stop()
    expect(status, 0, "the mailer's status")


def database_lost_while_waiting(office):
    office.serve()
    with office.running_mailer(delivery_poll="1 h") as mailer:
        wait_until(lambda: sessions(office) == 1, "the mailer waits")
        office.session.rows(END_SESSIONS, (POSTMAN,))
        wait_until(lambda: "nothing is sent, next try in 1 s" in mailer.said(), "the mailer says so")
        office.deliver("dana@example.com")
        wait_until(office.mails, "the mail comes")


def sessions(office):
    return office.session.value("SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND query LIKE '%%next%%' "
                                "AND state = 'idle'", (POSTMAN,))


def woken(office):
    office.serve()
    with office.running_mailer(delivery_poll="1 h"):
        wait_until(lambda: sessions(office) == 1, "the mailer waits")
        delivery, = office.deliver("dana@example.com")
        wait_until(lambda: office.row(delivery) == ("sent", 1, None), "the mail is sent", 10)
        # A delivery that is to be tried again is tried again without being woken for it.
        delivery, = office.deliver("busy-1@example.com")
        wait_until(lambda: office.row(delivery) == ("waiting", 1, "450 4.2.1 busy, try later"), "the first attempt")
        office.session.rows("UPDATE export_leads.export_leads_deliveries "
                            "SET next_attempt = now() + interval '2 seconds' WHERE state = 'waiting'")
        office.session.rows("NOTIFY export_leads_deliveries")
        wait_until(lambda: office.row(delivery) == ("sent", 2, None), "the second attempt", 10)


def leased_for_longer(office):
    held = HeldMail(office, delivery_send_timeout="1 h")
    lease = office.session.value("SELECT extract(epoch FROM leased_until - clock_timestamp())::float "
                                 "FROM export_leads.export_leads_deliveries")
    expect(lease > 3600, True, f"a lease of {lease} seconds is longer than the hour that sending may take")
    office.mail_once()
    expect(len(office.mails()), 1, "the number of mails")
    held.unlock()


def server_without_an_answer(office):
    office.serve()
    slow, = office.deliver("slow@example.com")
    other, = office.deliver("dana@example.com")
    office.mail_once(delivery_send_timeout="2 s", server_timeout="60 s")
    state, attempts, error = office.row(slow)
    expect((state, attempts, error.partition(":")[0]),
           ("waiting", 1, "the connection to the mail server was lost"), "the row")
    office.expect_row(other, "sent", 1, None)


def killed_each_time(office):
    office.serve()
    delivery, = office.deliver("dana@example.com")
    office.session.rows("UPDATE export_leads.export_leads_deliveries SET attempts = 8")
    office.mail_once()
    office.expect_row(delivery, "failed", 9, "no attempt ended: the mailer may have been killed each time")
    expect(office.mails(), [], "the mails")


def damaged_file(office):
    office.serve()
    export = office.keep(b"x" * 1000)
    missing, = office.deliver("dana@example.com", export_id=export)
    office.session.rows("UPDATE export_leads.export_leads_pieces SET size = 999")
    changed, = office.deliver("noa@example.com", body=b"x" * 1000, sha256=b"\0" * 32)
    gone, = office.deliver("tal@example.com")
    office.session.rows("UPDATE export_leads.export_leads_exports SET state = 'expired' WHERE export_id = "
                        "(SELECT export_id FROM export_leads.export_leads_deliveries WHERE delivery_id = %s)", (gone,))
    good, = office.deliver("gil@example.com")
    office.mail_once()
    expect([office.row(delivery)[0] for delivery in (missing, changed, gone, good)],
           ["failed", "failed", "failed", "sent"], "the states")
    expect([office.row(delivery)[2] for delivery in (changed, gone)],
           ["the file is damaged: its checksum is wrong", "the file is no longer kept"], "the errors")
    expect([mail.recipients for mail in office.mails()], [["gil@example.com"]], "the mails")


CHECKS = (
    ("a server that dies in the middle of a mail gets it again, and the recipient gets it once", in_the_middle_of_data),
    ("a server that is away costs no attempt, the mailer says so and sends when it is back", server_away),
    ("a mailer killed between sending and recording sends again, under the same Message-ID", killed_before_recording),
    ("a database lost between sending and recording is told later, and the mail comes once",
     database_lost_before_recording),
    ("a mailer that is told to end finishes the mail that it is sending, and begins no other", told_to_end),
    ("a mailer that is told to end while it waits ends at once", told_to_end_while_waiting),
    ("a mailer whose database went away while it waited connects again", database_lost_while_waiting),
    ("a waiting mailer is woken by a new delivery, and by itself for one that is due again", woken),
    ("a mail that is being sent is leased for longer than that may take, and no other mailer sends it",
     leased_for_longer),
    ("a server that does not answer is left after the time for sending, and the others get their mail",
     server_without_an_answer),
    ("a delivery that no attempt came to an end with is given up", killed_each_time),
    ("a file that is damaged or gone is not sent", damaged_file),
)
