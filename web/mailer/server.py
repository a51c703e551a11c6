"""The mail server, by SMTP."""

import contextlib
import smtplib
import socket
import ssl
import threading

from mailer.texts import one_line


class ServerLost(Exception):
    """The server cannot be reached or does not want mail now: to be tried again."""


class ServerUnusable(Exception):
    """The server can be reached, but it will not take mail from this mailer: somebody has to mend that."""


class Refused(Exception):
    """The server refuses this mail; `is_final` where it would refuse it again."""

    def __init__(self, message, is_final):
        super().__init__(message)
        self.is_final = is_final


def words(code, text):
    """What a server said, as in a log: 550 5.1.1 no such user."""
    return one_line(f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}", 400)


class Server:
    """One session with the server, which is made again after it was lost."""

    def __init__(self, configuration):
        self.configuration = configuration
        self.name = f"{configuration.host}:{configuration.port}"
        self.session = None

    def connect(self):
        """Raises ServerLost or ServerUnusable, and names the server in either."""
        if self.session is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                if self.session.noop()[0] == 250:
                    return
            self.drop()
        try:
            self.session = self.open()
            self.greet()
        except smtplib.SMTPNotSupportedError as error:
            self.drop()
            raise ServerUnusable(f"the mail server {self.name}: {one_line(error)}") from None
        except smtplib.SMTPAuthenticationError as error:
            self.drop()
            raise self.trouble(error.smtp_code, f"refuses the user {self.configuration.user} or the password: "
                                                f"{words(error.smtp_code, error.smtp_error)}") from None
        except smtplib.SMTPResponseException as error:
            self.drop()
            raise self.trouble(error.smtp_code, words(error.smtp_code, error.smtp_error)) from None
        except ssl.SSLCertVerificationError as error:
            self.drop()
            raise ServerUnusable(f"the mail server {self.name}: its certificate is not valid: "
                                 f"{error.verify_message} ([server] ca_file says whom to trust)") from None
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise ServerLost(f"the mail server {self.name} cannot be reached: {one_line(error, 300)}") from None

    def trouble(self, code, what):
        return (ServerLost if 400 <= code < 500 else ServerUnusable)(f"the mail server {self.name}: {what}")

    def open(self):
        where = {"host": self.configuration.host, "port": self.configuration.port,
                 "timeout": self.configuration.timeout}
        if self.configuration.security == "tls":
            return smtplib.SMTP_SSL(context=self.configuration.tls, **where)
        return smtplib.SMTP(**where)

    def greet(self):
        self.session.ehlo_or_helo_if_needed()
        if self.configuration.security == "starttls":
            self.session.starttls(context=self.configuration.tls)
            self.session.ehlo_or_helo_if_needed()
        if self.configuration.user:
            self.session.login(self.configuration.user, self.configuration.password)

    def largest_mail(self):
        """How many bytes a mail may have; None where the server does not say."""
        size = self.session.esmtp_features.get("size", "")
        return int(size) if size.isdigit() and int(size) > 0 else None

    def send(self, mail, seconds):
        """Within that time, or it is lost. When it returns, the server has taken the mail."""
        if mail.needs_utf8 and not self.session.has_extn("smtputf8"):
            raise Refused("the mail server takes no addresses that are not ASCII", is_final=True)
        options = ["SMTPUTF8"] if mail.needs_utf8 else []
        with self.cut_off_after(seconds):
            try:
                self.session.sendmail(mail.sender, [mail.recipient], mail.content, mail_options=options)
            except smtplib.SMTPRecipientsRefused as error:
                code, text = error.recipients[mail.recipient]
                raise self.refusal(code, text, is_final=code >= 500) from None
            except smtplib.SMTPSenderRefused as error:
                # The sender is the configuration's: other mails fare no better, and this one is not to blame.
                raise self.refusal(error.smtp_code, error.smtp_error, is_final=error.smtp_code == 552) from None
            except smtplib.SMTPResponseException as error:
                raise self.refusal(error.smtp_code, error.smtp_error, is_final=error.smtp_code >= 500) from None
            except (smtplib.SMTPException, OSError) as error:
                self.drop()
                raise Refused(f"the connection to the mail server was lost: {one_line(error, 300)}",
                              is_final=False) from None

    def refusal(self, code, text, is_final):
        if code == 421:
            self.drop()
        return Refused(words(code, text), is_final)

    @contextlib.contextmanager
    def cut_off_after(self, seconds):
        """A server that takes a byte now and then would not run into the time-out of a single read or write."""
        raw = self.session.sock
        timer = threading.Timer(seconds, cut_off, [raw])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def drop(self):
        if self.session is not None:
            self.session.close()
            self.session = None

    def leave(self):
        """Takes leave of the server, where there is a session."""
        if self.session is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self.session.quit()
            self.drop()


def cut_off(connection):
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
