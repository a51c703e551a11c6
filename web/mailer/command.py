"""The command line: what the mailer is told, and how it ends."""

import argparse
import logging
import sys

import psycopg2

from mailer.configuration import ConfigurationError, read_configuration
from mailer.mailing import Mailer, Stop
from mailer.outbox import DatabaseLost, DatabaseUnusable, Outbox
from mailer.server import Server, ServerLost, ServerUnusable
from mailer.texts import one_line

# Statuses of the process: 1 is what somebody has to mend elsewhere, 2 what is wrong with the configuration.
DONE, FAILED, MISCONFIGURED = 0, 1, 2

log = logging.getLogger("mailer")


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="mailer", description="Mails the exports that schedules deliver.")
    parser.add_argument("configuration", help="the configuration, an INI file: see doc/mailer.md")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="send what is due now, and end")
    how.add_argument("--check", action="store_true",
                     help="read the configuration, connect to the database and to the mail server, send nothing")
    return parser.parse_args(arguments)


def check(outbox, server):
    outbox.connect()
    outbox.next_delivery()
    server.connect()
    log.info("the configuration, the database and the mail server %s are in order", server.name)
    server.leave()


def main(arguments=None):
    told = parsed(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s: %(message)s")
    try:
        configuration = read_configuration(told.configuration)
    except ConfigurationError as error:
        log.error("%s", error)
        return MISCONFIGURED
    stop = Stop()
    stop.on_signals()
    outbox, server = Outbox(configuration), Server(configuration)
    mailer = Mailer(configuration, outbox, server, stop)
    try:
        if told.check:
            check(outbox, server)
        elif told.once:
            mailer.run_once()
        else:
            log.info("waiting for deliveries")
            mailer.run()
    except (DatabaseLost, DatabaseUnusable, psycopg2.Error) as error:
        log.error("the database: %s", one_line(error, 500))
        return FAILED
    except (ServerLost, ServerUnusable) as error:
        log.error("%s; nothing was sent", one_line(error, 500))
        return FAILED
    finally:
        server.drop()
        outbox.close()
    if not told.check:
        log.info("ended: %s", ", ".join(f"{count} {outcome}" for outcome, count in mailer.counts.items()))
    return DONE
