"""From a schedule to the mail, with nothing made up: the sample CRM, a schedule that is due, its run, the mailer."""

from pathlib import Path

from checks import expect

MAKE = """SELECT export_leads.export_leads_schedule(7, 'new', '08:00', time_zone => 'Asia/Jerusalem', format => %s,
    recipients => ARRAY['dana@example.com', 'noa@example.com'], requested_by => 'dana', name => 'כל בוקר')"""


def make_crm(office):
    if not office.session.value("SELECT to_regclass('public.leads') IS NOT NULL"):
        office.session.rows(Path("script/demo_crm.sql").read_text(encoding="utf-8"))
        office.session.rows("SELECT * FROM export_leads.export_leads_setup()")


def run_due(office, schedule):
    office.session.rows("UPDATE export_leads.export_leads_schedules SET next_run = now(), due = now() "
                        "WHERE schedule_id = %s", (schedule,))
    office.session.rows("CALL export_leads.export_leads_run_due()")


def mailed(office):
    make_crm(office)
    office.serve()
    for file_format in ("csv", "xlsx"):
        schedule = office.session.value(MAKE, (file_format,))
        run_due(office, schedule)
        # Later runs of this schedule would mail, too.
        office.session.rows("SELECT export_leads.export_leads_unschedule(7, %s)", (schedule,))
    office.mail_once()
    mails = office.mails()
    expect(sorted(mail.recipients[0] for mail in mails), ["dana@example.com"] * 2 + ["noa@example.com"] * 2,
           "the recipients")
    wanted = {}
    for file_format in ("csv", "xlsx"):
        name, leads, body = office.session.rows(
            "SELECT filename, lead_count, body FROM export_leads.export_leads_file(7, 'new', %s)", (file_format,))[0]
        wanted[name] = bytes(body)
    for mail in mails:
        expect(mail.message["Subject"], f"ייצוא לידים: כל בוקר – {leads} לידים", "the subject")
        (name, body), = mail.attachments()
        expect(wanted[name] == body, True, f"{name} is what an export of now is")
    expect({name for mail in mails for name, _ in mail.attachments()}, set(wanted), "the files' names")
    export_ids = office.session.rows("SELECT export_id FROM export_leads.export_leads_history(7)")
    expect(sorted(row for export_id, in export_ids for row in office.session.rows(
        "SELECT recipient, state, attempts FROM export_leads.export_leads_deliveries(7, %s)", (export_id,))),
        [("dana@example.com", "sent", 1)] * 2 + [("noa@example.com", "sent", 1)] * 2, "what the tenant is told")


def refused_is_told(office):
    make_crm(office)
    office.serve()
    schedule = office.session.value(MAKE.replace("noa@", "gone@"), ("csv",))
    run_due(office, schedule)
    office.session.rows("SELECT export_leads.export_leads_unschedule(7, %s)", (schedule,))
    office.mail_once()
    expect(office.session.rows("SELECT d.recipient, d.state, d.error FROM export_leads.export_leads_history(7) AS h, "
                               "export_leads.export_leads_deliveries(7, h.export_id) AS d ORDER BY 1"),
           [("dana@example.com", "sent", None), ("gone@example.com", "failed", "550 5.1.1 no such user here")],
           "what the tenant is told")
    expect(office.session.rows("SELECT level, detail FROM export_leads.export_leads_check() "
                               "WHERE name = 'delivery_failed'"),
           [("warning", "1 of the deliveries of the last 7 days failed; the last one: 550 5.1.1 no such user here")],
           "what the check finds")


CHECKS = (
    ("a schedule that is due comes by mail, and its files are what an export is", mailed),
    ("a recipient that the server refuses is told to the tenant and by the check", refused_is_told),
)
