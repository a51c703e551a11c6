"""The configuration: an INI file, and the environment for what is secret. Whatever is wrong with it is a
ConfigurationError that names the key, before anything is connected to."""

import configparser
import os
import re
import ssl
import string
import zoneinfo
from email.headerregistry import Address
from email.utils import parseaddr
from typing import NamedTuple, Optional

# section -> key -> what it is without being given; None must not be left out.
KEYS = {
    "database": {"dsn": "", "schema": ""},
    "server": {"host": None, "port": "", "security": "starttls", "user": "", "password": "", "password_file": "",
               "ca_file": "", "timeout": "30 s"},
    "mail": {"sender": None, "reply_to": "", "business": "", "link": "", "time_zone": "UTC"},
    "delivery": {"attach_limit": "20 MB", "attempts": "8", "first_pause": "1 min", "longest_pause": "6 h",
                 "send_timeout": "10 min", "poll": "1 min"},
}
PORTS = {"starttls": 587, "tls": 465, "none": 25}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
UNITS_OF_TIME = {"s": 1, "min": 60, "h": 3600, "d": 86400}
UNITS_OF_SIZE = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
DSN_VARIABLE = "EXPORT_LEADS_MAILER_DSN"
PASSWORD_VARIABLE = "EXPORT_LEADS_MAILER_PASSWORD"


class ConfigurationError(Exception):
    """What is wrong, in a sentence that names the file or the key."""


class Configuration(NamedTuple):
    """Times in seconds, sizes in bytes."""

    dsn: str
    schema: str
    host: str
    port: int
    security: str
    user: str
    password: str
    tls: Optional[ssl.SSLContext]
    timeout: float
    sender: Address
    reply_to: Optional[Address]
    business: str
    link: str
    time_zone: zoneinfo.ZoneInfo
    attach_limit: int
    attempts: int
    first_pause: float
    longest_pause: float
    send_timeout: float
    poll: float

    def pause_after(self, attempt):
        """The seconds until the next attempt: each pause is twice the one before it."""
        return min(self.first_pause * 2 ** min(attempt - 1, 60), self.longest_pause)


def read_configuration(path, environment=os.environ):
    values = read_values(path)
    security = one_of(values, "server", "security", PORTS)
    host = values["server"]["host"]
    if security == "none" and host not in LOCAL_HOSTS:
        raise ConfigurationError(f"[server] security: none is only for a server on this machine, and {host} is not")
    user, password = credentials(values["server"], path, environment)
    return Configuration(
        dsn=environment.get(DSN_VARIABLE) or values["database"]["dsn"],
        schema=values["database"]["schema"],
        host=host,
        port=number(values, "server", "port", 1, 65535) if values["server"]["port"] else PORTS[security],
        security=security,
        user=user,
        password=password,
        tls=tls_context(values["server"]["ca_file"]) if security != "none" else None,
        timeout=quantity(values, "server", "timeout", UNITS_OF_TIME, 1, 600),
        sender=address(values, "mail", "sender"),
        reply_to=address(values, "mail", "reply_to") if values["mail"]["reply_to"] else None,
        business=template(values, "mail", "business", ("tenant",)),
        link=link_template(values),
        time_zone=zone(values),
        attach_limit=int(quantity(values, "delivery", "attach_limit", UNITS_OF_SIZE, 0, 10**9)),
        attempts=number(values, "delivery", "attempts", 1, 1000),
        first_pause=quantity(values, "delivery", "first_pause", UNITS_OF_TIME, 1, 86400),
        longest_pause=quantity(values, "delivery", "longest_pause", UNITS_OF_TIME, 1, 30 * 86400),
        send_timeout=quantity(values, "delivery", "send_timeout", UNITS_OF_TIME, 1, 12 * 3600),
        poll=quantity(values, "delivery", "poll", UNITS_OF_TIME, 1, 3600),
    )


def read_values(path):
    """The file's values by section and key, those that it leaves out among them."""
    parser = configparser.ConfigParser(interpolation=None, default_section=None)
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except OSError as error:
        raise ConfigurationError(f"the configuration cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"the configuration cannot be read: {path} is not in UTF-8") from None
    except configparser.Error as error:
        # The line itself may hold a password, and is not repeated.
        lines = [number for number, _ in getattr(error, "errors", [])] or [getattr(error, "lineno", None)]
        raise ConfigurationError(f"the configuration cannot be read: {path}, line {lines[0]}: "
                                 f"{type(error).__name__}") from None
    refuse_unknown(parser)
    values = {section: {key: parser.get(section, key, fallback="").strip() or fallback or ""
                        for key, fallback in keys.items()} for section, keys in KEYS.items()}
    for section, keys in KEYS.items():
        for key, fallback in keys.items():
            if fallback is None and not values[section][key]:
                raise ConfigurationError(f"[{section}] {key} is missing")
    return values


def refuse_unknown(parser):
    """A misspelt key would be left at its default in silence."""
    for section in parser.sections():
        if section not in KEYS:
            raise ConfigurationError(f"[{section}] is no section; there are: {', '.join(KEYS)}")
        for key in parser[section]:
            if key not in KEYS[section]:
                raise ConfigurationError(f"[{section}] {key} is no key; there are: {', '.join(KEYS[section])}")


def credentials(server, path, environment):
    """The user and password for the server; empty where it wants none."""
    given = [name for name in ("password", "password_file") if server[name]]
    password = environment.get(PASSWORD_VARIABLE, "")
    if len(given) + bool(password) > 1:
        raise ConfigurationError(f"[server] password, password_file and {PASSWORD_VARIABLE}: more than one is given")
    if server["password"]:
        if os.stat(path).st_mode & 0o007:
            raise ConfigurationError(f"[server] password: others may read {path}; chmod 640 it, or use password_file")
        password = server["password"]
    elif server["password_file"]:
        file_name = os.path.expandvars(server["password_file"])
        unset = re.search(r"\$\{?(\w+)", file_name)
        if unset:
            by_whom = ", which systemd sets for its service" if unset[1] == "CREDENTIALS_DIRECTORY" else ""
            raise ConfigurationError(f"[server] password_file: the environment has no {unset[1]}{by_whom}")
        try:
            with open(file_name, encoding="utf-8") as file:
                password = file.read().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"[server] password_file cannot be read: {error}") from None
        if not password:
            raise ConfigurationError(f"[server] password_file: {file_name} is empty")
    if bool(password) != bool(server["user"]):
        raise ConfigurationError("[server] user is given without a password" if server["user"]
                                 else "[server] user is missing, while a password is given")
    if not (password + server["user"]).isascii():
        raise ConfigurationError("[server] user and password must be ASCII")
    return server["user"], password


def tls_context(ca_file):
    """Certificates are verified by this file, else by those that the system trusts."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"[server] ca_file cannot be read: {error}") from None


def one_of(values, section, key, choices):
    if values[section][key] not in choices:
        raise ConfigurationError(f"[{section}] {key} must be one of: {', '.join(choices)}")
    return values[section][key]


def number(values, section, key, least, most):
    text = values[section][key]
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ConfigurationError(f"[{section}] {key} must be a number from {least} to {most}")
    return int(text)


def quantity(values, section, key, units, least, most):
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) *([A-Za-z]+)", values[section][key])
    if not found or found[2] not in units:
        raise ConfigurationError(f"[{section}] {key} must be a number and one of the units {', '.join(units)}")
    amount = float(found[1]) * units[found[2]]
    if not least <= amount <= most:
        raise ConfigurationError(f"[{section}] {key} is too {'small' if amount < least else 'large'}")
    return amount


def address(values, section, key):
    name, addr_spec = parseaddr(values[section][key])
    try:
        found = Address(display_name=name, addr_spec=addr_spec)
        if "." in found.domain or found.domain == "localhost":
            found.username.encode("ascii")
            return Address(name, found.username, found.domain.encode("idna").decode())
    except Exception:  # the parser of addresses raises errors of several kinds, IndexError among them
        pass
    raise ConfigurationError(f"[{section}] {key} must be an address, such as Exports <exports@example.com>")


def template(values, section, key, fields):
    """A text with {fields}."""
    text = values[section][key]
    try:
        wrong = [name for _, name, spec, conversion in string.Formatter().parse(text)
                 if name is not None and (name not in fields or spec or conversion)]
    except ValueError as error:
        raise ConfigurationError(f"[{section}] {key}: {error}") from None
    if wrong:
        raise ConfigurationError(f"[{section}] {key}: {{{wrong[0]}}} is no field; there are: "
                                 f"{', '.join('{' + field + '}' for field in fields)}")
    return text


def link_template(values):
    link = template(values, "mail", "link", ("tenant", "export_id", "delivery_id"))
    if link and not re.fullmatch(r"https?://[!-~]+", link):
        raise ConfigurationError("[mail] link must begin with https:// or http:// and be ASCII without blanks")
    return link


def zone(values):
    try:
        return zoneinfo.ZoneInfo(values["mail"]["time_zone"])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError("[mail] time_zone is unknown; Asia/Jerusalem is one, for example") from None
