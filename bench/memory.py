"""The most memory that a backend ever had while it exported, against the size of the file.

A backend's peak counts the shared buffers and the code it has touched, too. So each session first runs the export's
query alone, without workers that would touch a part of the buffers in its place, and an export of one lead; and what a
session has that does no more is taken off.
"""

import contextlib
import pathlib
import re

import contestants as who
import database
import report
from queries import Selection

GOAL = 2.2  # times the size of the result


def peak(selection, run):
    """The peak in bytes of a fresh session's backend that was warmed up and has run `run(its contestants)`."""
    with contextlib.closing(database.connect()) as connection:
        session = who.Contestants(connection)
        database.execute(connection, "SET max_parallel_workers_per_gather = 0")
        session.floor(selection)
        session.ours(Selection(database.TENANT, "single"))
        database.execute(connection, "RESET max_parallel_workers_per_gather")
        run(session)
        pid = database.fetch(connection, "SELECT pg_backend_pid()")
        process = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+) kB", process)[1]) * 1024


def report_memory(contestants, selection):
    size = len(contestants.ours_fetched(selection))
    rows = []

    def measured(label, run, goal):
        more = peak(selection, run) - base
        rows.append([label, f"{more / 1e6:,.1f}", report.held_against(more / size, goal)])

    kept = contestants.save(selection)
    base = peak(selection, lambda session: None)
    measured(who.OURS, lambda session: session.ours(selection), GOAL)
    measured(who.OURS_FETCHED, lambda session: session.ours_fetched(selection), None)
    measured(who.FILE_FETCHED, lambda session: session.file_fetched(selection), None)
    if contestants.has_stream:
        measured(who.STREAM_FETCHED, lambda session: session.stream_fetched(selection), None)
        measured(who.STREAM_COPIED, lambda session: session.stream_copied(selection), None)
    measured(who.SAVED, lambda session: session.save(selection), 1.0)  # it is never whole in memory
    measured(who.KEPT_FETCHED, lambda session: session.fetch_kept(selection, kept), None)
    measured(who.COPY_FETCHED.format("LATERAL"), lambda session: session.copy_fetched("LATERAL")(selection), None)
    report.table([f"a file of {size / 1e6:,.1f} MB", "peak in MB over the query's own", "times the file"], rows)
