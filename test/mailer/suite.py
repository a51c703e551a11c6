#!/usr/bin/python3
"""Mails from a database to a mail server of the suite's own: suite.py [PART...]

The database is on the server that libpq's environment variables name, the user a superuser there. The last line says
how many checks passed and failed.
"""

import sys
import tempfile
from pathlib import Path

import contents
import misuse
import outages
import refusals
import schedules
import several
from checks import Checks
from office import POSTMAN, Office
from session import scratch_database

PARTS = {"contents": contents, "refusals": refusals, "outages": outages, "several": several,
         "schedules": schedules, "misuse": misuse}


def main():
    checks = Checks()
    with scratch_database("mailer", POSTMAN) as database, tempfile.TemporaryDirectory() as folder:
        office = Office(database, Path(folder))
        for name, part in PARTS.items():
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            for claim, check in part.CHECKS:
                office.begin()
                checks.check(claim, check, office)
        office.close()
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
