#!/usr/bin/python3
"""Exports while everything around them changes.

The storm has several fronts, which pass one after the other and last STORM_SECONDS (20) altogether. In each, sessions
of several kinds and roles export two tenants' leads, keep such files and fetch them again, while DBAs break and mend
what isolation rests on, move rows between tables, or replace what exports call, and sessions are cancelled, timed out
and ended. What the leads are for somebody who looks stays as it is: each export must return exactly the bytes worked
out beforehand, or raise an error that is allowed, and leave its session as it was. STORM_SEED (1) decides who does what
in which order; when, only the machine. Fronts that are named as arguments share all of the time.

The server is the one that libpq's environment variables name, the user a superuser there, the server's log
$SCRATCH/server.log. The last line says how many checks passed and failed.
"""

import contextlib
import os
import pathlib
import sys
import threading
import time

import crm
import dba
import fronts
import ledger
import tally
import verdicts
from checks import Checks

EXTRA_SECONDS = 60  # how much longer a front may last on a slow machine, until all that must happen has happened
DBA_COUNT = 3


class Storm:
    """What the threads of a front share."""

    def __init__(self, front, database, expected):
        self.front = front
        self.database = database
        self.tally = tally.Tally(expected)
        self.ledger = ledger.Ledger()
        self.over = threading.Event()
        self.late = threading.Event()  # the time is up, and not all has happened yet
        self.names = threading.Lock()  # held while names mean other tables, or are relied on
        self.pids = {}                 # of the exporting sessions
        self.terminated = set()
        self.exporters = []

    def is_over(self):
        return self.over.is_set()

    def missing_disturbances(self):
        """Those that have not happened yet."""
        return [disturbance for disturbance in self.front.disturbances if not self.tally.happened[disturbance.name]]

    def missing_sessions(self):
        """Those that have had no right file yet."""
        return [exporter.name for exporter in self.exporters if not self.tally.exporters[exporter.name]]

    def missing_errors(self):
        """Those of the front's that no export has failed with."""
        return self.front.errors - self.tally.errors.keys()

    def missing_deeds(self):
        """What sessions of the front must have done, and have not."""
        return [deed for deed in sorted(self.front.deeds) if not self.tally.happened[deed]]

    def is_complete(self):
        return not (self.missing_disturbances() or self.missing_sessions() or self.missing_errors()
                    or self.missing_deeds())

    def rage(self, seconds, seed):
        """Returns the names of the threads that did not come to their end."""
        self.exporters = self.front.exporters(self, seed)
        threads = self.exporters + [dba.Dba(self, number, f"{seed}.dba.{number}") for number in range(DBA_COUNT)]
        threads += [dba.Mender(self), dba.Canceller(self, f"{seed}.canceller")]
        for thread in threads:
            thread.daemon = True
            thread.start()
        time.sleep(seconds)
        self.late.set()
        last = time.monotonic() + EXTRA_SECONDS
        while not self.is_complete() and time.monotonic() < last:
            time.sleep(0.1)
        self.over.set()
        for thread in threads:
            thread.join(30)
        return [thread.name for thread in threads if thread.is_alive()]


def pass_over(front, seconds, seed, results):
    """Lets a front pass, and checks what it did."""
    log = pathlib.Path(os.environ["SCRATCH"], "server.log")
    results.subject = f"{front.name}: "
    with crm.database(front.files, front.statements) as database:
        with contextlib.closing(crm.connect(database)) as session:
            expected = crm.expected_files(session)
        verdicts.check_before(results, database, expected)
        log_start = log.stat().st_size
        storm = Storm(front, database, expected)
        hanging = storm.rage(seconds, seed)
        results.that(not hanging, f"a storm of {seconds:g} seconds, seed {seed}, has come to its end", hanging)
        verdicts.check_sessions(results, storm, seconds)
        verdicts.check_grants(results, storm)
        verdicts.check_disturbances(results, storm)
        verdicts.check_log(results, log, log_start)
        verdicts.check_after(results, database, expected)
        verdicts.check_kept(results, storm)


def main():
    seconds = float(os.environ.get("STORM_SECONDS", "20"))
    seed = os.environ.get("STORM_SEED", "1")
    chosen = [front for front in fronts.ALL if not sys.argv[1:] or front.name.replace(" ", "-") in sys.argv[1:]]
    results = Checks()
    for front in chosen:
        pass_over(front, seconds * front.share / sum(each.share for each in chosen), seed, results)
    return results.close()


if __name__ == "__main__":
    sys.exit(main())
