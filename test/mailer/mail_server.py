"""A mail server that keeps what it takes in a folder:  mail_server.py FOLDER PORT OPTIONS-AS-JSON

It prints its port when it listens; 0 chooses one. Options: `security` (starttls, tls, none), `certificate` and `key`,
`user` and `password` (without them it offers no AUTH), `early_auth` (it offers AUTH before STARTTLS, too), `size`,
`smtputf8`. Mail N is kept as N.eml, with who sent it to whom and how in N.json; each password that came, right or
wrong, is a line of `logins`: encrypted or clear. What becomes of a mail depends on whom it is to:

  busy-N...@  450 for the first N times                 dies@    the process ends in the middle of DATA
  gone@       550                                       spam@    554 when the mail is there
  full@       452 when the mail is there                away@    421, and the connection ends
  hold@       kept, but not answered before FOLDER/go   slow@    not kept, and not answered for 30 seconds

and a sender refused@ is refused with 553.
"""

import asyncio
import collections
import json
import os
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.seen = collections.Counter()
        self.count = len(list(folder.glob("*.json")))

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "553 5.1.8 no such sender"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.seen[address] += 1
        if address.startswith("busy-") and self.seen[address] <= int(address[5]):
            return "450 4.2.1 busy, try later"
        if address.startswith("gone"):
            return "550 5.1.1 no such user here"
        if address.startswith("away"):
            server.transport.write(b"421 4.3.2 going away\r\n")
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        recipient = envelope.rcpt_tos[0]
        if recipient.startswith("spam"):
            return "554 5.7.1 this looks like spam"
        if recipient.startswith("full"):
            return "452 4.3.1 no room"
        if recipient.startswith("slow"):
            await asyncio.sleep(30)
            return "250 OK"
        self.keep(session, envelope, server.transport.get_extra_info("ssl_object") is not None)
        while recipient.startswith("hold") and not (self.folder / "go").exists():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.01)
        return "250 OK"

    def keep(self, session, envelope, is_encrypted):
        self.count += 1
        (self.folder / f"{self.count}.eml").write_bytes(envelope.content)
        how = {"sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "options": envelope.mail_options,
               "encrypted": is_encrypted, "authenticated": bool(session.authenticated)}
        unfinished = self.folder / "unfinished"
        unfinished.write_text(json.dumps(how))
        unfinished.rename(self.folder / f"{self.count}.json")


class Session(SMTP):
    def data_received(self, data):
        if self.envelope and any(address.startswith("dies") for address in self.envelope.rcpt_tos) and len(data) > 100:
            os._exit(1)
        super().data_received(data)


def make_session(handler, options, tls):
    how = {"hostname": "mail.example.com", "data_size_limit": options.get("size", 2**26),
           "enable_SMTPUTF8": options.get("smtputf8", True)}
    if options["security"] == "starttls":
        how.update(tls_context=tls, require_starttls=not options.get("early_auth"))
    if "user" in options:
        wanted = (options["user"].encode(), options["password"].encode())

        def authenticate(server, session, envelope, mechanism, login):
            with open(handler.folder / "logins", "a") as logins:
                print("encrypted" if server.transport.get_extra_info("ssl_object") else "clear", file=logins)
            return AuthResult(success=(login.login, login.password) == wanted, handled=False)

        how.update(authenticator=authenticate, auth_required=True,
                   auth_require_tls=options["security"] == "starttls" and not options.get("early_auth"))
    return Session(handler, **how)


async def serve(folder, port, options):
    tls = None
    if options["security"] != "none":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options["certificate"], options["key"])
    handler = Handler(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: make_session(handler, options, tls), "127.0.0.1", port,
        ssl=tls if options["security"] == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
