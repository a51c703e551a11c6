#!/usr/bin/python3
"""Strikes exports with cancels, kills, crashes, full disks, too little memory and rewritten tables.

After each the session is as it was, the next export is right, and nothing is left: no lock, no memory, no temporary
file. The server is the one that libpq's environment variables name, the user a superuser there; where a fault takes
the whole server, one of the suite's own from servers.py. The last line says how many checks passed and failed.
"""

import contextlib
import os
import signal
import sys

import changes
import crm
import interruptions
import live_setup
import memory
import moves
import outages
import progress
import replacements
import resources
import rewrites
import servers
import traffic
from checks import Checks
from crm import Session


@contextlib.contextmanager
def main_database():
    """The name of a database of this process alone, with the CRM."""
    name = f"export_leads_faults_{os.getpid()}"
    with Session(dbname=os.environ.get("PGDATABASE", "postgres")) as server:
        server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            crm.load(PGDATABASE=name)
            yield name
            with Session(dbname=name) as session:
                session.run("SELECT public.export_leads_teardown()")
        finally:
            server.run(f"DROP DATABASE {name} WITH (FORCE)")
            server.run("DROP ROLE IF EXISTS export_leads_reader")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped and folders removed
    checks = Checks()
    with main_database() as database:
        checks.check("a statement_timeout at any moment leaves the session as it was", interruptions.time_outs, database)
        checks.check("a cancel at any moment leaves the session as it was", interruptions.cancels, database)
        checks.check("more than 1,000 failures of six kinds leave no memory behind", memory.after_failures, database)
        checks.check("1,000 exports in one session are equal and leave no memory behind", memory.after_successes, database)
        checks.check("an export whose session is terminated leaves no lock, and the others go on", interruptions.terminated, database)
        checks.check("a temp_file_limit is a clear error", resources.temporary_file_limit, database)
        checks.check("a running export shows its progress, and none when it has ended", progress.shown, database)
        checks.check("an export that fails ends its progress", progress.ended_by_errors, database)
        checks.check("an export that is cancelled ends within a second, and its progress", progress.ended_by_cancels, database)
        checks.check("an export in a COPY leaves the progress to it", progress.of_a_copy, database)
        checks.check("a partition rewritten while an export waits for it is not empty", rewrites.while_waiting, database)
        checks.check("a table rewritten since the transaction's snapshot is not empty", rewrites.before_reading, database)
        checks.check("a lock of set-up's holds for an export that waited", changes.rules_while_waiting, database)
        checks.check("a reader that row security no longer binds makes no file", changes.reader_while_reading, database)
        checks.check("set-up that waited calls nobody's trigger", changes.trigger_before_set_up, database)
        checks.check("a function replaced before parallel workers begin hides no lead",
                     replacements.before_workers_begin, database)
        checks.check("a function replaced after the doctor came, in the transaction of an export, hides no lead",
                     replacements.after_the_doctor, database)
        checks.check("what a DBA does to other roles and to the database refuses no export",
                     traffic.around_an_older_snapshot, database)
        checks.check("policies that take no part stop no export while tables are loaded again",
                     traffic.while_policies_are_loaded_again, database)
    checks.check("rows moved since the transaction's snapshot are read once", moves.under_an_older_snapshot)
    checks.check("rows moved while an export reads are read once", moves.while_reading)
    checks.check("set-up and teardown fail no transaction of an application that writes",
                 live_setup.no_application_error)
    checks.check("set-up that cannot lock a table keeps nobody waiting, and says so", live_setup.gives_up)
    checks.check("set-up keeps to the caller's time-outs", live_setup.obeys_time_outs)
    checks.check("set-up that changes nothing waits for nobody", live_setup.unchanged)
    checks.check("set-up waits for a transaction in whatever order it locks the tables", live_setup.in_any_order)
    checks.check("a table is altered while set-up waits for another", live_setup.migration_beside)
    checks.check("set-up beside a locked partition keeps nobody from the others", live_setup.partition_in_use)
    with servers.all_servers() as own_servers:
        checks.check("after a crash in the middle of an export the next is right", outages.immediate_shutdown, own_servers)
        checks.check("a full disk under a sort is a clear error", resources.full_disk, own_servers)
        checks.check("too little memory for the file is a clear error", resources.out_of_memory, own_servers)
        checks.check("a hot standby exports the same files, and refuses set-up clearly", outages.hot_standby, own_servers)
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
