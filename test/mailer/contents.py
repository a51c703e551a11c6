"""What a mail is: its headers, its Hebrew, its file, and that no value makes more of it."""

import email.policy
import hashlib
import html.parser
import random

from checks import expect
from office import PASSWORD, USER

FILE = "\ufeffסטטוס,שם\r\nחדש,ג׳ורג'\r\n".encode()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Page(html.parser.HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def only_mail(office):
    mails = office.mails()
    expect(len(mails), 1, "the number of mails")
    return mails[0]


def file_attached(office):
    office.serve()
    delivery, = office.deliver("dana@example.com", body=FILE, filename="לידים חדשים – ינואר 2026.csv")
    office.mail_once()
    mail = only_mail(office)
    expect(mail.attachments(), [("לידים חדשים – ינואר 2026.csv", FILE)], "the attachments")
    part, = mail.message.iter_attachments()
    expect((part.get_content_type(), part.get_param("charset"), part.get_content_disposition()),
           ("text/csv", "utf-8", "attachment"), "the type of the attachment")
    expect(office.session.value("SELECT encode(sha256, 'hex') FROM export_leads.export_leads_exports"),
           hashlib.sha256(mail.attachments()[0][1]).hexdigest(), "its checksum")
    office.expect_row(delivery, "sent", 1, None)


def large_file_attached(office):
    office.serve()
    body = random.Random(15).randbytes(3_000_001)
    office.deliver("dana@example.com", body=body, format="xlsx", filename="leads.xlsx", content_type=XLSX)
    office.mail_once()
    mail = only_mail(office)
    expect(mail.attachments() == [("leads.xlsx", body)], True, "the file is the same")
    part, = mail.message.iter_attachments()
    expect(part.get_content_type(), XLSX, "the type of the attachment")


def hebrew(office):
    office.serve()
    office.deliver("dana@example.com", name="לידים חדשים, כל בוקר", requested_by="דנה",
                   created_from="2026-01-29 22:00+00", created_to="2026-01-31 00:00:00+02")
    office.mail_once(mail_business="עסק מספר {tenant}")
    mail = only_mail(office)
    expect(mail.message["Subject"], "ייצוא לידים: לידים חדשים, כל בוקר – 108 לידים", "the subject")
    text = mail.body("plain")
    for line in ("הקובץ של הייצוא מצורף להודעה זו.", "עסק: עסק מספר 7", "סטטוס: new", "מספר לידים: 108",
                 "נוצרו מתאריך: 30.01.2026", "נוצרו עד תאריך: 30.01.2026", "הופק: 31.01.2026 08:00 IST",
                 "קובץ: outbound_leads_status_new_2026-01-31.csv (15 B)", "לבקשת: דנה"):
        expect(line in text.splitlines(), True, f"the text has the line {line}")
    page = Page(mail.body("html"))
    expect(page.tags[0], ("html", {"dir": "rtl", "lang": "he"}), "the page's direction and language")
    expect(("body", "rtl") in [(tag, attributes.get("dir")) for tag, attributes in page.tags], True, "the body's")
    for value in ("עסק מספר 7", "108", "30.01.2026", "דנה"):
        expect(value in page.text, True, f"the page shows {value}")


def counts(office):
    office.serve()
    for count in (0, 1, 2, 4151):
        office.deliver("dana@example.com", lead_count=count)
        office.mail_once()
    expect([mail.message["Subject"].partition("– ")[2] for mail in office.mails()],
           ["אין לידים", "ליד אחד", "2 לידים", "4,151 לידים"], "the subjects' ends")


def headers(office):
    office.serve()
    delivery, = office.deliver("dana@example.com")
    office.mail_once(mail_reply_to="Support <support@crm.example.com>")
    mail = only_mail(office)
    expect(mail.message["Message-ID"], f"<{delivery}@crm.example.com>", "Message-ID")
    expect(mail.message["Auto-Submitted"], "auto-generated", "Auto-Submitted")
    expect(mail.message["X-Auto-Response-Suppress"], "All", "X-Auto-Response-Suppress")
    expect(str(mail.message["From"]), "ייצוא לידים <exports@crm.example.com>", "From")
    expect(str(mail.message["To"]), "dana@example.com", "To")
    expect(str(mail.message["Reply-To"]), "Support <support@crm.example.com>", "Reply-To")
    expect(abs(mail.message["Date"].datetime.timestamp()
               - office.session.value("SELECT extract(epoch FROM now())::float")) < 60, True, "Date is now")
    expect(mail.sender, "exports@crm.example.com", "the envelope's sender")
    expect(mail.raw.isascii(), True, "the mail is ASCII")
    expect(max(map(len, mail.raw.split(b"\r\n"))) <= 998, True, "no line is too long")
    expect(b"\n" in mail.raw.replace(b"\r\n", b""), False, "a line ends otherwise than in CRLF")


def encrypted(office):
    for security in ("starttls", "tls"):
        office.begin()
        office.serve(security=security)
        office.deliver("dana@example.com")
        said = office.mail_once(server_security=security)
        mail = only_mail(office)
        expect((mail.encrypted, mail.authenticated), (True, True), f"{security}: encrypted and authenticated")
        expect(PASSWORD in said or USER in said, False, "the log holds the user or the password")


def link(office):
    office.serve()
    export = office.keep(b"x" * 2001, tenant="a/b ג")
    office.deliver("dana@example.com", export_id=export, tenant="a/b ג")
    office.mail_once(delivery_attach_limit="2 kB", mail_link="https://crm.example.com/x?t={tenant}&e={export_id}")
    mail = only_mail(office)
    address = f"https://crm.example.com/x?t=a%2Fb%20%D7%92&e={export}"
    expect(mail.attachments(), [], "the attachments")
    expect(address in mail.body("plain").splitlines(), True, "the text has the link")
    expect([attributes["href"] for tag, attributes in Page(mail.body("html")).tags if tag == "a"], [address],
           "the page's links")

    office.begin()
    office.serve()
    office.deliver("dana@example.com", body=b"x" * 2000)
    office.mail_once(delivery_attach_limit="2 kB", mail_link="https://crm.example.com/{export_id}")
    expect(len(only_mail(office).attachments()), 1, "a file at the limit is attached")
    expect("https" in only_mail(office).body("plain"), False, "a mail with the file has a link, too")


def no_link(office):
    office.serve()
    office.deliver("dana@example.com", body=b"x" * 2001)
    office.mail_once(delivery_attach_limit="2 kB")
    mail = only_mail(office)
    expect(mail.attachments(), [], "the attachments")
    expect("הוא מחכה במערכת" in mail.body("plain"), True, "the text says where the file is")


def size_of_the_server(office):
    office.serve(size=100_000)
    office.deliver("dana@example.com", body=b"x" * 90_000)
    office.mail_once(mail_link="https://crm.example.com/{export_id}")
    mail = only_mail(office)
    expect(mail.attachments(), [], "the attachments")
    expect("https://crm.example.com/" in mail.body("plain"), True, "the text has a link")


EVIL = "x\r\nBcc: eve@example.com\r\n\r\nbody \u2028Bcc: eve@example.com\x00\x0b\x85\u202e<img src=x>"


def injection(office):
    office.serve()
    office.deliver("dana@example.com")
    office.mail_once()
    harmless = only_mail(office)
    office.begin()
    office.serve()
    # NUL cannot be in a text of the database.
    value = EVIL.replace("\x00", "")
    delivery, = office.deliver("dana@example.com", name=value, status=value, requested_by=value, filename=value,
                               created_from=value, created_to=value, tenant=value,
                               content_type="text/csv; charset=\"utf-8\r\nBcc: e\"")
    said = office.mail_once(mail_business="{tenant}")
    office.expect_row(delivery, "sent", 1, None)
    mail = only_mail(office)
    expect(mail.recipients, ["dana@example.com"], "the recipients")
    expect(mail.message.keys(), harmless.message.keys(), "the headers")
    expect([part.keys() for part in mail.message.walk()][1:], [part.keys() for part in harmless.message.walk()][1:],
           "the headers of the parts")
    expect([tag for tag, _ in Page(mail.body("html")).tags if tag in ("img", "script")], [], "tags from values")
    expect("\u202e" in mail.message["Subject"] + mail.body("plain") + mail.body("html"), False, "a turned text")
    expect(len(said.splitlines()), 2, "the lines of the log")


def recipients_refused(office):
    office.serve()
    wrong = ("", "nobody", "a@b@example.com", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com",
             "<a@example.com>", "a b@example.com", "a@", "@example.com", "a@exam ple.com", "a@example.com>\r\nDATA",
             "x" * 300 + "@example.com", "a@example.com:25", "a@example.com\u2028")
    deliveries = office.deliver(*wrong)
    good, = office.deliver("dana@example.com")
    office.mail_once()
    office.expect_row(good, "sent", 1, None)
    for recipient, delivery in zip(wrong, deliveries):
        expect((recipient, office.row(delivery)), (recipient, ("failed", 1, "the address cannot be read")), "the row")
    expect([mail.recipients for mail in office.mails()], [["dana@example.com"]], "the recipients")


def international_addresses(office):
    office.serve()
    office.deliver("dana@דוגמה.example.com")
    office.mail_once()
    mail = only_mail(office)
    expect(mail.recipients, ["dana@xn--6dbbec0c.example.com"], "a domain comes in ASCII")
    expect(mail.options, [option for option in mail.options if option != "SMTPUTF8"], "the options")

    office.begin()
    office.serve()
    office.deliver("דנה@example.com")
    office.mail_once()
    mail = only_mail(office)
    expect((mail.recipients, "SMTPUTF8" in mail.options), (["דנה@example.com"], True), "the recipient, with SMTPUTF8")
    message = email.message_from_bytes(mail.raw, policy=email.policy.SMTPUTF8)
    expect(str(message["To"]), "דנה@example.com", "To")


CHECKS = (
    ("a mail has the file as it was made, byte for byte, under its Hebrew name", file_attached),
    ("a large workbook comes as it was made", large_file_attached),
    ("a mail is Hebrew and right to left, as text and as a page", hebrew),
    ("the subject counts the leads", counts),
    ("a mail has the headers of one that a program sent, and is plain ASCII in lines that any server takes", headers),
    ("the session is encrypted and authenticated, by STARTTLS or TLS, and the log says no secret", encrypted),
    ("a file over the limit is linked to and not attached", link),
    ("without a link, a mail says that the file over the limit is in the application", no_link),
    ("a file that the server does not take is linked to", size_of_the_server),
    ("no value of an export adds a header, a recipient or a tag", injection),
    ("a recipient that is no address is given up, and gets no mail to anybody else", recipients_refused),
    ("an address in Hebrew is written as servers need it", international_addresses),
)
