#!/usr/bin/python3
"""Exports while everything around them changes.

For STORM_SECONDS (20) sessions of several kinds and roles export two tenants' leads, while DBAs break and mend what
isolation rests on, and sessions are cancelled, timed out and ended. The leads themselves stay as they are: each export
must return exactly the bytes worked out beforehand, or raise an error that is allowed, and leave its session as it was.
STORM_SEED (1) decides who does what in which order; when, only the machine.

The server is the one that libpq's environment variables name, the user a superuser there, the server's log
$SCRATCH/server.log. The last line says how many checks passed and failed.
"""

import contextlib
import os
import pathlib
import sys
import threading
import time

import psycopg2

import crm
import disturbances
import exporters
import tally

# What an export may fail with: an unsafe set-up, a cancel or time-out, a deadlock, the end of its session, and a table
# that was rewritten after the transaction's snapshot.
ALLOWED_ERRORS = {"55000", "57014", "40P01", "57P01", "40001"}
RIGHT_PER_SECOND = 2.0  # exports that any machine should manage, where 100 are usual
EXTRA_SECONDS = 60      # how much longer it may last on a slow machine, until each disturbance has happened
DBA_COUNT = 3


class Storm:
    """What the threads share."""

    def __init__(self, database, counts):
        self.database = database
        self.tally = counts
        self.over = threading.Event()
        self.names = threading.Lock()  # held while names mean other tables, or are relied on
        self.pids = {}                 # of the exporting sessions
        self.terminated = set()

    def is_over(self):
        return self.over.is_set()

    def rage(self, seconds, seed):
        threads = exporters.all_exporters(self, seed)
        threads += [disturbances.Dba(self, number, f"{seed}.dba.{number}") for number in range(DBA_COUNT)]
        threads += [disturbances.Mender(self), disturbances.Canceller(self, f"{seed}.canceller")]
        for thread in threads:
            thread.daemon = True
            thread.start()
        time.sleep(seconds)
        late = time.monotonic() + EXTRA_SECONDS
        while self.tally.missing(disturbances.all_disturbances()) and time.monotonic() < late:
            time.sleep(0.1)
        self.over.set()
        for thread in threads:
            thread.join(30)
        return [thread.name for thread in threads if thread.is_alive()]


class Checks:
    """Counts checks, and shows each as a line of TAP with what there is to say of it."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, is_right, name, remarks=()):
        if is_right:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if is_right else 'not ok'} - {name}")
        for remark in remarks:
            print("\n".join(f"#   {line}" for line in str(remark).splitlines()))


def check_before(checks, database, expected):
    """Before the storm: exports are right, and parallel ones really parallel."""
    for role in (None, *crm.ROLES):
        check_exports(checks, database, expected, role, "before")
    with contextlib.closing(crm.connect(database)) as session:
        crm.execute(session, exporters.PARALLEL_SETTINGS + "; SET parallel_leader_participation = off")
        crm.execute(session, "SELECT set_config('storm.leader', pg_backend_pid()::text, false)")
        crm.execute(session, "DROP POLICY export_leads_others ON crm.leads")
        crm.execute(session, "CREATE POLICY storm_workers ON crm.leads USING (storm.refuse_workers(id))")
        try:
            crm.execute(session, exporters.EXPORT, (7, "new"))
            words = "no worker took part"
        except psycopg2.Error as error:
            words = str(error)
        checks.that("a worker reads the leads" in words, "parallel workers read the leads", [words.splitlines()[0]])
        crm.execute(session, "DROP POLICY storm_workers ON crm.leads")
        crm.execute(session, "CREATE POLICY export_leads_others ON crm.leads USING (true) WITH CHECK (true)")


def check_exports(checks, database, expected, role, when):
    wrong = []
    with contextlib.closing(crm.connect(database, role)) as session:
        for request in crm.REQUESTS:
            try:
                if crm.fetch(session, exporters.EXPORT, request)[0] != expected[request]:
                    wrong.append(request)
            except psycopg2.Error as error:
                wrong.append(f"{request}: {error}")
    checks.that(not wrong, f"{when} the storm every export of {role or 'the superuser'} is right", wrong)


def check_sessions(checks, counts, seconds):
    """What the exporting sessions have seen."""
    for what in ("leaks", "short", "wrong", "residues"):
        checks.that(counts.counts[what] == 0, f"{what}: {counts.counts[what]}", counts.stories[what])
    checks.that(counts.counts["broken"] == 0, "no session broke down", counts.stories["broken"])
    right = counts.counts["right"]
    checks.that(right >= RIGHT_PER_SECOND * seconds, f"{right} exports were right")
    for name in sorted(counts.exporters):
        print(f"#   {counts.exporters[name]:6d} {name}")
    print("#   exports that failed: " + counted(counts.errors))
    checks.that({"55000", "57014"} <= counts.errors.keys(), "exports were refused, and cancelled")
    checks.that(counts.errors.keys() <= ALLOWED_ERRORS, "and failed with nothing unexpected",
                [f"{code}: {counts.messages[code]}" for code in counts.errors.keys() - ALLOWED_ERRORS])


def counted(counter):
    return ", ".join(f"{times} {what}" for what, times in sorted(counter.items(), key=str))


def check_disturbances(checks, counts):
    missing = [disturbance.name for disturbance in counts.missing(disturbances.all_disturbances())]
    for name, times in sorted(counts.happened.items()):
        print(f"#   {times:6d} {name}")
    checks.that(not missing, f"each of the disturbances happened, {sum(counts.happened.values())} altogether", missing)
    checks.that(counts.happened["pg_cancel_backend"] > 0, "sessions were cancelled")
    print("#   statements of DBAs that failed: " + counted(counts.refused))
    checks.that(not counts.stories["internal"], "and no DBA met an internal error", counts.stories["internal"])


def check_log(checks, log, start):
    """The server's log since the storm began."""
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(start)
        lines = file.read().splitlines()
    crashes = [line for line in lines if "PANIC" in line or "terminated by signal" in line or "crash" in line]
    checks.that(not crashes, "no server process crashed", crashes[:5])
    secrets = [line for line in lines if any(secret in line for secret in tally.SECRETS.values())]
    checks.that(not secrets, "no row's data is in the server's log", secrets[:5])


def check_after(checks, database, expected):
    with contextlib.closing(crm.connect(database)) as session:
        crm.mend(session)
        findings = crm.fetch(session, "SELECT coalesce(array_agg(detail), '{}') FROM public.export_leads_check() "
                                      "WHERE level = 'error'")[0]
        checks.that(not findings, "set-up mends what the storm has left", findings)
        checks.that(crm.expected_files(session) == expected, "the leads are what they were")
    for role in (None, *crm.ROLES):
        check_exports(checks, database, expected, role, "after")


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    seconds = float(os.environ.get("STORM_SECONDS", "20"))
    seed = os.environ.get("STORM_SEED", "1")
    log = pathlib.Path(os.environ["SCRATCH"], "server.log")
    checks = Checks()
    with crm.database() as database:
        with contextlib.closing(crm.connect(database)) as session:
            expected = crm.expected_files(session)
        check_before(checks, database, expected)
        log_start = log.stat().st_size
        storm = Storm(database, tally.Tally(expected))
        hanging = storm.rage(seconds, seed)
        checks.that(not hanging, f"a storm of {seconds:g} seconds, seed {seed}, has come to its end", hanging)
        check_sessions(checks, storm.tally, seconds)
        check_disturbances(checks, storm.tally)
        check_log(checks, log, log_start)
        check_after(checks, database, expected)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
