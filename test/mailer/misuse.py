"""A configuration, a server or a database that is not as it must be: the mailer says which, and sends nothing."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from checks import Skip, expect
from office import PASSWORD, POSTMAN, USER, RunningMailer, wait_until

ONCE, CHECK, DAEMON = ("--once",), ("--check",), ()


def refuse(office, path, status, *said, how=(ONCE, CHECK, DAEMON)):
    """Whether it is told to send once, to check or to stay, it ends with that status and says each of these."""
    delivery, = office.deliver("dana@example.com")
    for options in how:
        got, text = RunningMailer(office, path, *options).end()
        for part in said:
            expect(part in text, True, f"{options}: {text} says {part}")
        expect(got, status, f"{options}: the status")
        expect("Traceback" in text, False, f"{options}: a traceback")
        expect(PASSWORD in text, False, f"{options}: the password in the log")
    expect(office.mails(), [], "the mails")
    office.expect_row(delivery, "waiting", 0, None)


def no_file(office):
    office.serve()
    refuse(office, "/nowhere/mailer.ini", 2, "the configuration cannot be read", "/nowhere/mailer.ini")


def unreadable(office):
    office.serve()
    path = office.configure()
    path.chmod(0)
    if os.access(path, os.R_OK):
        raise Skip("this user may read every file")
    refuse(office, path, 2, "the configuration cannot be read", str(path))


def not_an_ini_file(office):
    office.serve()
    for text in (f"password = {PASSWORD}\n", f"[server]\n{PASSWORD}\n", "[server]\nhost = a\nhost = b\n", "\udcff"):
        path = office.folder / "broken.ini"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        refuse(office, path, 2, "the configuration cannot be read", str(path), how=(ONCE,))


WRONG = (
    ({"server_host": None}, "[server] host is missing"),
    ({"mail_sender": None}, "[mail] sender is missing"),
    ({"mail_sender": "nobody"}, "[mail] sender must be an address"),
    ({"mail_reply_to": "a@b@c"}, "[mail] reply_to must be an address"),
    ({"server_hsot": "localhost"}, "[server] hsot is no key; there are: host, port"),
    ({"servers_host": "localhost"}, "[servers] is no section; there are: database, server"),
    ({"server_security": "ssl"}, "[server] security must be one of: starttls, tls, none"),
    ({"server_security": "none", "server_host": "mail.example.com"}, "none is only for a server on this machine"),
    ({"server_port": "smtp"}, "[server] port must be a number from 1 to 65535"),
    ({"server_port": "65536"}, "[server] port must be a number from 1 to 65535"),
    ({"server_password_file": "/nowhere/password"}, "[server] password_file cannot be read"),
    ({"server_password_file": "$NO_SUCH_FOLDER/password"}, "the environment has no NO_SUCH_FOLDER"),
    ({"server_password_file": "/dev/null"}, "[server] password_file: /dev/null is empty"),
    ({"server_password_file": None}, "[server] user is given without a password"),
    ({"server_user": None}, "[server] user is missing, while a password is given"),
    ({"server_password": "x"}, "more than one is given"),
    ({"server_ca_file": "/nowhere/ca.pem"}, "[server] ca_file cannot be read"),
    ({"server_timeout": "30"}, "[server] timeout must be a number and one of the units s, min, h, d"),
    ({"delivery_attempts": "0"}, "[delivery] attempts must be a number from 1 to 1000"),
    ({"delivery_first_pause": "-1 min"}, "[delivery] first_pause must be a number and one of the units"),
    ({"delivery_first_pause": "0 s"}, "[delivery] first_pause is too small"),
    ({"delivery_attach_limit": "2 GB"}, "[delivery] attach_limit is too large"),
    ({"delivery_attach_limit": "2 mb"}, "[delivery] attach_limit must be a number and one of the units B, kB, MB"),
    ({"mail_link": "crm.example.com/{export_id}"}, "[mail] link must begin with https:// or http://"),
    ({"mail_link": "https://crm.example.com/{id}"}, "[mail] link: {id} is no field; there are: {tenant}"),
    ({"mail_link": "https://crm.example.com/{"}, "[mail] link: "),
    ({"mail_business": "{tenant.__class__}"}, "[mail] business: {tenant.__class__} is no field"),
    ({"mail_time_zone": "Asia/Nowhere"}, "[mail] time_zone is unknown"),
)


def wrong_keys(office):
    office.serve()
    for changed, said in WRONG:
        refuse(office, office.configure(**changed), 2, said, how=(ONCE,))


def exposed_password(office):
    office.serve()
    path = office.configure(server_password_file=None, server_password=PASSWORD)
    path.chmod(0o644)
    refuse(office, path, 2, f"others may read {path}")
    path.chmod(0o640)
    RunningMailer(office, path, "--once").end()
    expect(len(office.mails()), 1, "a password in a file of the mailer's own is used")


def from_the_environment(office):
    office.serve()
    path = office.configure(server_password_file=None, database_dsn="host=nowhere.invalid")
    office.deliver("dana@example.com")
    before = office.environment
    office.environment = {**before, "EXPORT_LEADS_MAILER_PASSWORD": PASSWORD,
                          "EXPORT_LEADS_MAILER_DSN": f"host={before['PGHOST']} dbname={office.database} user={POSTMAN}"}
    try:
        status, said = RunningMailer(office, path, "--once").end()
    finally:
        office.environment = before
    expect((status, len(office.mails())), (0, 1), f"the status and the number of mails ({said})")


def wrong_password(office):
    office.serve()
    wrong = office.folder / "wrong"
    wrong.write_text("wrong")
    refuse(office, office.configure(server_password_file=wrong), 1, "the mail server localhost:",
           "refuses the user crm or the password: 535", "nothing was sent")


def no_server(office):
    server = office.serve()
    path = office.configure()
    server.stop()
    refuse(office, path, 1, f"the mail server localhost:{server.port} cannot be reached", "nothing was sent",
           how=(ONCE, CHECK))
    refuse(office, office.configure(server_host="nowhere.invalid"), 1, "the mail server nowhere.invalid:",
           "cannot be reached", how=(ONCE, CHECK))


def no_starttls(office):
    office.serve(security="none")
    refuse(office, office.configure(), 1, "the mail server localhost:", "STARTTLS")
    expect(office.logins(), [], "the passwords that came")


def password_before_tls(office):
    office.serve(early_auth=True)
    office.deliver("dana@example.com")
    office.mail_once()
    expect((len(office.mails()), office.logins()), (1, ["encrypted"]), "the mails, and how the password came")


def unknown_certificate(office):
    office.serve(**office.make_certificate("unknown"))
    refuse(office, office.configure(), 1, "its certificate is not valid: self", "[server] ca_file")
    expect(office.logins(), [], "the passwords that came")
    office.stop_server()
    office.serve(security="tls", **office.make_certificate("unknown"))
    refuse(office, office.configure(server_security="tls"), 1, "its certificate is not valid: self", "[server] ca_file")


def other_host(office):
    office.serve()
    refuse(office, office.configure(server_host="127.0.0.1"), 1, "its certificate is not valid: ", "127.0.0.1")
    expect(office.logins(), [], "the passwords that came")


def no_database(office):
    office.serve()
    for dsn, said in (("host=/nowhere dbname=x", "/nowhere"), ("dbname=nowhere", "nowhere")):
        refuse(office, office.configure(database_dsn=dsn), 1, "the database: ", said, how=(ONCE, CHECK))
    refuse(office, office.configure(database_dsn="nonsense"), 1, "[database] dsn: ", how=(ONCE, CHECK, DAEMON))


def not_allowed(office):
    office.serve()
    office.session.rows(f"SELECT export_leads.export_leads_forbid_mailer('{POSTMAN}')")
    try:
        refuse(office, office.configure(), 1, "permission denied for schema export_leads",
               f"SELECT export_leads.export_leads_allow_mailer('{POSTMAN}')")
    finally:
        office.session.rows(f"SELECT export_leads.export_leads_allow_mailer('{POSTMAN}')")


def no_extension(office):
    office.serve()
    dsn = f"host={office.environment['PGHOST']} dbname=postgres user={POSTMAN}"
    refuse(office, office.configure(database_dsn=dsn), 1, "the database postgres does not have the extension")
    refuse(office, office.configure(database_schema="public"), 1,
           "function public.export_leads_next_delivery() does not exist")


def example(office):
    """The example with this office's server and database, and with every default written out."""
    text = re.sub(r"(?m)^#(\w+ = \S)", r"\1", Path("web/mailer/mailer.ini").read_text(encoding="utf-8"))
    for key, value in (("dsn", f"host={os.environ['PGHOST']} dbname={office.database} user={POSTMAN}"),
                       ("host", "localhost"), ("port", office.server.port), ("user", USER)):
        text = re.sub(f"(?m)^{key} = .*", f"{key} = {value}", text)
    path = office.folder / "example.ini"
    path.write_text(text.replace("#ca_file =", f"ca_file = {office.certificate['certificate']}"), encoding="utf-8")
    return path


def example_and_service(office):
    office.serve()
    unit = "web/mailer/export-leads-mailer.service"
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", unit], stderr=subprocess.PIPE, text=True)
        # It may also speak of other units of the machine.
        expect([line for line in done.stderr.splitlines() if "export-leads-mailer" in line], [], "systemd's words")
    command, = re.findall(r"(?m)^ExecStart=(.*)$", Path(unit).read_text(encoding="utf-8"))
    command = command.replace("/opt/export_leads/", "").replace("/etc/export_leads/mailer.ini", str(example(office)))
    (office.folder / "smtp-password").write_text(PASSWORD + "\n")
    office.deliver("dana@example.com", tenant="7")
    mailer = subprocess.Popen(shlex.split(command), stderr=subprocess.DEVNULL,
                              env={**office.environment, "CREDENTIALS_DIRECTORY": str(office.folder)})
    try:
        wait_until(office.mails, "the mail comes")
    finally:
        mailer.send_signal(signal.SIGTERM)
        status = mailer.wait(20)
    expect(status, 0, "the service's status")


def documented(office):
    """Each key stands in the example, and with its default in the reference."""
    keys = {(section, key): default for section, keys in known_keys().items() for key, default in keys.items()}
    text = Path("web/mailer/mailer.ini").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^\[(\w+)\]$", text)[1:]
    written = {(section, key): default for section, lines in zip(sections[::2], sections[1::2])
               for key, default in re.findall(r"(?m)^#?(\w+) =(?: (.*))?$", lines)}
    # Either of password and password_file is enough.
    expect(set(written) | {("server", "password")}, set(keys), "the keys of the example")
    rows = dict(((section, key), default) for section, key, default in re.findall(
        r"(?m)^\| `\[(\w+)\]` `(\w+)` \| (.*?) \|", Path("doc/mailer.md").read_text(encoding="utf-8")))
    expect(set(rows), set(keys), "the keys of the reference")
    for key, default in keys.items():
        if default:
            expect(rows[key], f"`{default}`", f"the default of {key}")
        expect(rows[key] == "must be given", default is None, f"whether {key} must be given")


def known_keys():
    program = "import json, mailer.configuration as c; print(json.dumps(c.KEYS))"
    return json.loads(subprocess.run([sys.executable, "-B", "-c", program], cwd="web", stdout=subprocess.PIPE,
                                     check=True, text=True).stdout)


def functions_of_others(office):
    """A function in public that fits better than PostgreSQL's own of that name where arguments have other types."""
    office.serve()
    office.session.rows("CREATE FUNCTION public.make_interval(secs numeric) RETURNS interval LANGUAGE sql "
                        "AS 'SELECT pg_catalog.make_interval(secs => 1 / (secs - secs))'")
    office.leftovers.callback(office.session.rows, "DROP FUNCTION public.make_interval(numeric)")
    sent, refused = office.deliver("dana@example.com", "busy-9@example.com")
    office.start_mailer("--once").end()
    office.expect_row(sent, "sent", 1, None)
    expect(office.row(refused)[:2], ("waiting", 1), "a delivery that the server put off")


CHECKS = (
    ("the example of a configuration and of a service work", example_and_service),
    ("the example and the reference have every key", documented),
    ("a configuration that is not there is said", no_file),
    ("a configuration that cannot be read is said", unreadable),
    ("a configuration that is no INI file is said, without a line of it", not_an_ini_file),
    ("whatever is wrong in a configuration is said by its key", wrong_keys),
    ("a password in a configuration that others may read is refused", exposed_password),
    ("the environment has the password and the database instead", from_the_environment),
    ("a wrong password is said", wrong_password),
    ("a server that is not there is said", no_server),
    ("a server without STARTTLS gets no mail and no password", no_starttls),
    ("a server that would take the password before STARTTLS gets it after that", password_before_tls),
    ("a certificate of somebody unknown is said, and its server gets no password", unknown_certificate),
    ("a certificate for another host is said, and its server gets no password", other_host),
    ("a database that is not there is said", no_database),
    ("a role that may not deliver is said, and what allows it", not_allowed),
    ("a database without the extension is said", no_extension),
    ("functions of others on the search path are not called", functions_of_others),
)
