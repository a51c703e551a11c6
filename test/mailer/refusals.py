"""What becomes of mails that the server refuses."""

from checks import expect


def temporary(office):
    office.serve()
    delivery, other = office.deliver("busy-3@example.com", "dana@example.com")
    pauses = []
    for attempt in (1, 2, 3):
        said = office.mail_once(delivery_first_pause="4 min", delivery_longest_pause="10 min")
        office.expect_row(delivery, "waiting", attempt, "450 4.2.1 busy, try later")
        expect(f"delivery {delivery} to busy-3@example.com, attempt {attempt}: to be tried again in "
               f"{(4, 8, 10)[attempt - 1]} min: 450 4.2.1 busy, try later" in said, True, "the log says so")
        pauses.append(office.pause_of(delivery))
        office.let_time_pass()
    for pause, minutes in zip(pauses, (4, 8, 10)):
        expect(60 * minutes - 30 < pause <= 60 * minutes, True, f"{pause} seconds are {minutes} minutes")
    office.expect_row(other, "sent", 1, None)
    office.mail_once()
    office.expect_row(delivery, "sent", 4, None)
    expect([mail.recipients for mail in office.mails()], [["dana@example.com"], ["busy-3@example.com"]], "the mails")


def given_up(office):
    office.serve()
    delivery, = office.deliver("busy-9@example.com")
    for attempt in (1, 2, 3):
        said = office.mail_once(delivery_attempts=3)
        office.let_time_pass()
    office.expect_row(delivery, "failed", 3, "450 4.2.1 busy, try later")
    expect("attempt 3: given up: 450 4.2.1 busy, try later" in said, True, "the log says so")
    office.mail_once(delivery_attempts=3)
    expect(office.mails(), [], "the mails")


def permanent(office):
    office.serve()
    ids = office.deliver("gone@example.com", "spam@example.com", "dana@example.com", "full@example.com",
                         "away@example.com", "noa@example.com")
    office.mail_once()
    expect([office.row(delivery) for delivery in ids],
           [("failed", 1, "550 5.1.1 no such user here"), ("failed", 1, "554 5.7.1 this looks like spam"),
            ("sent", 1, None), ("waiting", 1, "452 4.3.1 no room"), ("waiting", 1, "421 4.3.2 going away"),
            ("sent", 1, None)], "the rows")
    expect([mail.recipients for mail in office.mails()], [["dana@example.com"], ["noa@example.com"]], "the mails")


def sender(office):
    office.serve()
    delivery, = office.deliver("dana@example.com")
    office.mail_once(mail_sender="refused@crm.example.com")
    office.expect_row(delivery, "waiting", 1, "553 5.1.8 no such sender")
    office.let_time_pass()
    office.mail_once()
    office.expect_row(delivery, "sent", 2, None)


def addresses_beyond_the_server(office):
    office.serve(smtputf8=False)
    delivery, = office.deliver("דנה@example.com")
    office.mail_once()
    office.expect_row(delivery, "failed", 1, "the mail server takes no addresses that are not ASCII")
    expect(office.mails(), [], "the mails")


CHECKS = (
    ("a recipient that is refused for now gets the mail later, after growing pauses, and holds up nobody", temporary),
    ("a mail is given up after the last attempt, with the server's words", given_up),
    ("a mail that is refused for good is given up at once, with the server's words, and the others are sent",
     permanent),
    ("a sender that is refused costs no recipient the mail", sender),
    ("an address that the server cannot take is given up", addresses_beyond_the_server),
)
