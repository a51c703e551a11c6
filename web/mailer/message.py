"""The mail: Hebrew, right to left, as text and as HTML, with the file or with a link to it.

What comes from the database is made one line without control characters before it gets anywhere, and headers are
written by email.message.EmailMessage, which refuses line breaks on its own: no value can add a header.
"""

import datetime
import html
import re
import urllib.parse
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from mailer.texts import one_line, size_text

NOT_IN_ADDRESSES = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>()\[\],;:\\\"\u2028\u2029]")
NOT_IN_FILE_NAMES = re.compile(r"[/\\:*?\"<>|]")

PAGE = """<!DOCTYPE html>
<html dir="rtl" lang="he">
<head><meta charset="utf-8"><title>{title}</title></head>
<body dir="rtl" style="direction: rtl; text-align: right; font-family: Arial, sans-serif; font-size: 15px">
{body}
</body>
</html>
"""


class UnusableAddress(Exception):
    """The recipient is no address that a mail can be sent to."""


class UnmakableMail(Exception):
    """There is something in the delivery that no mail can be made of."""


class Mail(NamedTuple):
    sender: str
    recipient: str
    content: bytes
    needs_utf8: bool


def recipient_address(text):
    """Its domain is in ASCII; its local part is as it was given."""
    if NOT_IN_ADDRESSES.search(text) or text.count("@") != 1 or len(text) > 254:
        raise UnusableAddress("the address cannot be read")
    user, domain = text.split("@")
    if not (user and domain):
        raise UnusableAddress("the address cannot be read")
    try:
        return Address(username=user, domain=domain.encode("idna").decode())
    except Exception:  # the parser of addresses raises errors of several kinds, IndexError among them
        raise UnusableAddress("the address cannot be read") from None


def count_text(count):
    if count is None:
        return ""
    return {0: "אין לידים", 1: "ליד אחד"}.get(count, f"{count:,} לידים")


def title_of(delivery):
    return one_line(delivery.name or delivery.status, 120)


def subject_of(delivery):
    leads = count_text(delivery.lead_count)
    return f"ייצוא לידים: {title_of(delivery)}" + (f" – {leads}" if leads else "")


def bound_text(text, zone, is_end):
    """A bound of the range as a day where it is one, of which an end at midnight is the day before."""
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return one_line(text, 40)
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    if moment.time() != datetime.time(0):
        return moment.strftime("%d.%m.%Y %H:%M")
    if is_end and len(text.strip()) > len("2026-01-31"):
        moment -= datetime.timedelta(days=1)
    return moment.strftime("%d.%m.%Y")


def details_of(delivery, configuration):
    """Pairs of what a mail says of the export, and its value."""
    zone = configuration.time_zone
    if configuration.business:
        yield "עסק", one_line(configuration.business.format(tenant=delivery.tenant))
    yield "סטטוס", one_line(delivery.status)
    yield "מספר לידים", f"{delivery.lead_count:,}" if delivery.lead_count is not None else ""
    if delivery.created_from:
        yield "נוצרו מתאריך", bound_text(delivery.created_from, zone, is_end=False)
    if delivery.created_to:
        yield "נוצרו עד תאריך", bound_text(delivery.created_to, zone, is_end=True)
    if delivery.exported_at:
        yield "הופק", delivery.exported_at.astimezone(zone).strftime("%d.%m.%Y %H:%M %Z")
    yield "קובץ", f"{one_line(delivery.filename)} ({size_text(delivery.size)})"
    if delivery.requested_by:
        yield "לבקשת", one_line(delivery.requested_by)


def link_to(delivery, configuration):
    """Where the application gives the file out; '' where the configuration does not say."""
    values = {"tenant": delivery.tenant, "export_id": delivery.export_id, "delivery_id": delivery.delivery_id}
    return configuration.link.format(**{name: urllib.parse.quote(str(value), safe="")
                                        for name, value in values.items()})


def bodies(delivery, configuration, is_attached):
    """The text and the HTML."""
    link = link_to(delivery, configuration)
    if is_attached:
        opening = "הקובץ של הייצוא מצורף להודעה זו."
    elif link:
        opening = "הקובץ של הייצוא גדול מכדי לצרף אותו. אפשר להוריד אותו מכאן:"
    else:
        opening = "הקובץ של הייצוא גדול מכדי לצרף אותו. הוא מחכה במערכת, ברשימת הייצואים."
    details = [(name, value) for name, value in details_of(delivery, configuration) if value]
    closing = "הודעה זו נשלחה אוטומטית."
    shown_link = link if link and not is_attached else ""
    text = "\n".join(["שלום,", "", opening, *([shown_link] if shown_link else []), "",
                      *(f"{name}: {value}" for name, value in details), "", closing, ""])
    rows = "\n".join(f"<tr><th style=\"text-align: right; padding-left: 1em\">{html.escape(name)}</th>"
                     f"<td><bdi>{html.escape(value)}</bdi></td></tr>" for name, value in details)
    href = html.escape(shown_link)
    anchor = f"<p dir=\"ltr\"><a href=\"{href}\">{href}</a></p>\n" if shown_link else ""
    page = PAGE.format(title=html.escape(subject_of(delivery)),
                       body=f"<p>שלום,</p>\n<p>{opening}</p>\n{anchor}<table>\n{rows}\n</table>\n<p>{closing}</p>")
    return text, page


def attach(message, delivery, file):
    media_type, *parameters = one_line(delivery.content_type).split(";")
    main_type, _, sub_type = media_type.strip().partition("/")
    values = dict(parameter.strip().split("=", 1) for parameter in parameters if "=" in parameter)
    message.add_attachment(file, maintype=main_type, subtype=sub_type, params=values or None, cte="base64",
                           filename=NOT_IN_FILE_NAMES.sub("_", one_line(delivery.filename)))


def make_mail(delivery, file, configuration):
    """The mail of a delivery; `file` is its bytes, None for a link to it."""
    recipient = recipient_address(delivery.recipient)
    try:
        return mail_to(recipient, delivery, file, configuration)
    except Exception as error:  # whatever it is, the other deliveries must not wait for it
        raise UnmakableMail(f"the mail cannot be made: {type(error).__name__}: {error}") from error


def mail_to(recipient, delivery, file, configuration):
    needs_utf8 = not recipient.username.isascii()
    policy = SMTP.clone(utf8=True) if needs_utf8 else SMTP
    message = EmailMessage(policy=policy)
    message["From"] = configuration.sender
    message["To"] = recipient
    if configuration.reply_to:
        message["Reply-To"] = configuration.reply_to
    message["Subject"] = subject_of(delivery)
    message["Date"] = format_datetime(datetime.datetime.now(datetime.timezone.utc))
    # The same in each attempt, so that whoever gets a mail twice can tell.
    message["Message-ID"] = f"<{delivery.delivery_id}@{configuration.sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    text, page = bodies(delivery, configuration, is_attached=file is not None)
    message.set_content(text, cte="base64")
    message.add_alternative(page, subtype="html", cte="base64")
    if file is not None:
        attach(message, delivery, file)
    return Mail(configuration.sender.addr_spec, recipient.addr_spec, message.as_bytes(), needs_utf8)
