#!/usr/bin/python3
"""Strikes exports with cancels, kills, crashes, full disks, too little memory and rewritten tables.

After each the session is as it was, the next export is right, and nothing is left: no lock, no memory, no temporary
file. The server is the one that libpq's environment variables name, the user a superuser there; where a fault takes
the whole server, one of the suite's own from servers.py. The last line says how many checks passed and failed.
"""

import signal
import sys

import changes
import crm
import interruptions
import live_setup
import logged
import memory
import moves
import outages
import progress
import replacements
import resources
import rewrites
import saving
import servers
import traffic
import workers
from checks import Checks
from crm import Session
from session import scratch_database

# Checks that get a database with the CRM, by name.
IN_A_DATABASE = (
    ("a statement_timeout at any moment leaves the session as it was", interruptions.time_outs),
    ("a cancel at any moment leaves the session as it was", interruptions.cancels),
    ("more than 1,000 failures of six kinds leave no memory behind", memory.after_failures),
    ("1,000 exports in one session are equal and leave no memory behind", memory.after_successes),
    ("an export whose session is terminated leaves no lock, and the others go on", interruptions.terminated),
    ("a temp_file_limit is a clear error", resources.temporary_file_limit),
    ("a running export shows its progress, and none when it has ended", progress.shown),
    ("an export that fails ends its progress", progress.ended_by_errors),
    ("an export that is cancelled ends within a second, and its progress", progress.ended_by_cancels),
    ("an export in a COPY leaves the progress to it", progress.of_a_copy),
    ("a partition rewritten while an export waits for it is not empty", rewrites.while_waiting),
    ("a table rewritten since the transaction's snapshot is not empty", rewrites.before_reading),
    ("an index made since the transaction's snapshot hides no status", rewrites.in_an_older_snapshot),
    ("a lock of set-up's holds for an export that waited", changes.rules_while_waiting),
    ("a reader that row security no longer binds makes no file", changes.reader_while_reading),
    ("set-up that waited calls nobody's trigger", changes.trigger_before_set_up),
    ("set-up that waited calls nobody's trigger where a superuser's function called it",
     changes.trigger_before_set_up_for_others),
    ("a function replaced before parallel workers begin hides no lead", replacements.before_workers_begin),
    ("a function replaced after the check was run, in the transaction of an export, hides no lead",
     replacements.after_the_check),
    ("what a DBA does to other roles and to the database refuses no export", traffic.around_an_older_snapshot),
    ("a save that is cancelled or terminated keeps nothing", saving.cancelled),
    ("two saves at once do not exceed a quota", saving.quota_at_once),
    ("who fetches a kept file waits for nobody and never gets a part of it", saving.readers_beside),
    ("set-up for other tenants that waited for a save sees what it kept", saving.set_up_beside),
    ("a timer runs what is due whatever the default isolation", saving.any_isolation),
    ("policies that take no part stop no export while tables are loaded again",
     traffic.while_policies_are_loaded_again),
)
# Checks that make their own database.
BY_THEMSELVES = (
    ("rows moved since the transaction's snapshot are read once", moves.under_an_older_snapshot),
    ("rows moved while an export reads are read once", moves.while_reading),
    ("set-up and teardown fail no transaction of an application that writes", live_setup.no_application_error),
    ("set-up that cannot lock a table keeps nobody waiting, and says so", live_setup.gives_up),
    ("set-up keeps to the caller's time-outs", live_setup.obeys_time_outs),
    ("set-up that changes nothing waits for nobody", live_setup.unchanged),
    ("set-up waits for a transaction in whatever order it locks the tables", live_setup.in_any_order),
    ("a table is altered while set-up waits for another", live_setup.migration_beside),
    ("an export whose worker is cancelled or terminated makes no file", workers.struck),
    ("workers read what the leader's snapshot has", workers.in_one_snapshot),
    ("a status that is renamed while workers begin makes no short file", workers.renamed_status),
    ("leads that move while workers begin are in the file once", workers.beside_moves),
    ("set-up beside a locked partition keeps nobody from the others", live_setup.partition_in_use),
)
# Checks that take the whole server: they get servers of the suite's own.
WITH_SERVERS = (
    ("after a crash in the middle of an export the next is right", outages.immediate_shutdown),
    ("after a crash in the middle of a save there is nothing of it", saving.crashed),
    ("a file larger than the memory that a process may have is kept and fetched", saving.more_than_memory),
    ("a full disk under a kept file keeps nothing of it", saving.full_disk),
    ("a full disk under a sort is a clear error", resources.full_disk),
    ("too little memory for the file is a clear error", resources.out_of_memory),
    ("a worker that is killed makes no file", workers.killed),
    ("a hot standby exports the same files, and refuses set-up clearly", outages.hot_standby),
    ("the log has a line for each export, whatever becomes of it", logged.every_export),
)


def chosen(checks):
    """Those of the modules that the arguments name, or all."""
    return [(name, check) for name, check in checks if not sys.argv[1:] or check.__module__ in sys.argv[1:]]


def in_a_database(made):
    with scratch_database("faults") as database:
        crm.load(PGDATABASE=database)
        for name, check in chosen(IN_A_DATABASE):
            made.check(name, check, database)
        with Session(dbname=database) as session:
            session.run("SELECT public.export_leads_teardown()")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped and folders removed
    made = Checks()
    if chosen(IN_A_DATABASE):
        in_a_database(made)
    for name, check in chosen(BY_THEMSELVES):
        made.check(name, check)
    if chosen(WITH_SERVERS):
        with servers.all_servers() as own_servers:
            for name, check in chosen(WITH_SERVERS):
                made.check(name, check, own_servers)
    return made.close()


if __name__ == "__main__":
    sys.exit(main())
