"""Several mailers at once."""

import collections

from checks import expect


def two_at_once(office):
    office.serve()
    recipients = [f"user{number}@example.com" for number in range(40)]
    deliveries = office.deliver(*recipients)
    mailers = [office.start_mailer("--once") for _ in range(2)]
    ended = [mailer.end() for mailer in mailers]
    expect([status for status, _ in ended], [0, 0], "the mailers' statuses")
    shares = [said.count(": sent") for _, said in ended]
    expect(sum(shares), 40, "what the mailers say they sent")
    expect(min(shares) > 0, True, f"both sent some: {shares}")
    counted = collections.Counter(recipient for mail in office.mails() for recipient in mail.recipients)
    expect(counted, collections.Counter(recipients), "the recipients")
    expect({office.row(delivery) for delivery in deliveries}, {("sent", 1, None)}, "the rows")
    return f"{shares[0]} and {shares[1]} mails"


CHECKS = (
    ("two mailers at once send each of 40 mails once", two_at_once),
)
