"""What is measured, under which indexes, and the goals that the figures are held against."""

import dataclasses

import contestants as who
import core_benchmarks
import database
import memory
import plot
import report
import workbooks
from contestants import Contestants, check_same_file
from measure import measure
from queries import SHAPES

LARGE = 100_000  # leads of a column from which the goal for large exports counts


@dataclasses.dataclass
class Bench:
    """What all scenarios share."""
    connection: object
    contestants: Contestants
    runs: int
    timeout: int  # seconds, for a query that may never end

    def times(self, contestants, status, tenant=database.TENANT, timeout=None):
        """The number of leads and the median times."""
        leads = database.count_leads(self.connection, status, tenant)
        return leads, measure(contestants, tenant, status, leads, self.runs, timeout)


def columns(bench, indexes, with_orm):
    """Everybody, at a small, a middle and a large column."""
    contestants = bench.contestants
    check_same_file(contestants.fetched("LATERAL") + contestants.fetched("one pass") + [contestants.by_orm()],
                    database.TENANT, "hot")
    results = []
    for status in ("hot", "in_progress", "new"):
        leads, times = bench.times(contestants.in_server(SHAPES) + contestants.fetched("LATERAL"), status)
        if with_orm and status == "in_progress":
            orm = contestants.by_orm()
            times |= measure([orm], database.TENANT, status, leads, 1)
        results.append((leads, times))
    report.heading(f"Time in ms, indexes: {indexes}")
    sizes = [f"{leads:,} leads" for leads, _ in results]
    labels = list(dict.fromkeys(label for _, times in results for label in times))
    report.table(["", *sizes], [[label, *(report.milliseconds(times.get(label)) for _, times in results)]
                                for label in labels])
    ratios = [("export / COPY, both in the server", who.OURS, who.COPY),
              ("export / COPY of bare columns, both in the server", who.OURS, who.COPY_BARE),
              ("export / its query alone", who.OURS, who.FLOOR),
              ("export / COPY, both fetched", who.OURS_FETCHED, who.COPY_FETCHED),
              ("export / psycopg2 rows and csv.writer", who.OURS_FETCHED, who.ROWS),
              ("export / ORM", who.OURS_FETCHED, who.ORM)]
    report.table(["ratio to the best shape", *sizes], [
        [text, *(report.ratio(report.best(times, part), report.best(times, whole), goal(indexes, text, leads))
                 for leads, times in results)] for text, part, whole in ratios])


def goal(indexes, text, leads):
    if text == "export / COPY, both in the server":
        if indexes != "recommended":
            return 1.0
        return 0.65 if leads >= LARGE else 0.85 if leads >= 1000 else None
    if indexes == "recommended" and leads >= 1000:
        return {"export / its query alone": 1.10, "export / ORM": 0.02}.get(text)
    return None


def recommended(bench, indexes):
    columns(bench, indexes, with_orm=True)


def application(bench, indexes):
    columns(bench, indexes, with_orm=False)


def no_index(bench, indexes):
    """A probe per lead would read all calls for each; ours gets only so much time to show that it does not."""
    ours, _, *by_hand = bench.contestants.in_server(["one pass"])
    database.execute(bench.connection, f"SET statement_timeout = '{bench.timeout}s'")
    leads, times = bench.times([ours, *by_hand], "in_progress", timeout=bench.timeout)
    database.execute(bench.connection, "RESET statement_timeout")
    report.heading(f"Time in ms, indexes: {indexes}")
    report.table(["", f"{leads:,} leads"], [[label, report.milliseconds(seconds, bench.timeout)]
                                            for label, seconds in times.items()])
    report.table(["ratio", f"{leads:,} leads"], [["export / COPY, both in the server", report.ratio(
        times[who.OURS], report.best(times, who.COPY), 2.0, bench.timeout)]])


def edges(bench, indexes):
    """Columns at the ends of what there is."""
    cases = [("an empty column", database.TENANT, "archived"), ("one lead among all", database.TENANT, "single"),
             ("a lead with {:,} calls", database.TENANT, "busy"), ("a small tenant's {leads:,} leads", 50, "new")]
    busy = database.fetch(bench.connection,
                          "SELECT count(*) FROM call_log GROUP BY lead_id ORDER BY count(*) DESC LIMIT 1")
    rows = []
    for text, tenant, status in cases:
        leads, times = bench.times(bench.contestants.in_server(["LATERAL"]), status, tenant)
        copy = report.best(times, who.COPY)
        rows.append([text.format(busy, leads=leads),
                     *map(report.milliseconds, (times[who.OURS], times[who.FLOOR], copy)),
                     report.ratio(times[who.OURS], copy)])
    report.heading(f"The ends, in ms, indexes: {indexes}")
    report.table(["", "export", "its query alone", "COPY", "export / COPY"], rows)


def growth(bench, indexes):
    """The cost per lead as columns grow, as a table and as a plot."""
    lines = {}
    rows = []
    for status in ("hot", "meeting", "in_progress", "no_answer", "new"):
        leads, times = bench.times(bench.contestants.in_server(["LATERAL"]), status)
        rows.append([f"{leads:,}", *(f"{seconds / leads * 1e6:.2f}" for seconds in times.values())])
        for label, seconds in times.items():
            lines.setdefault(label, []).append((leads, seconds / leads * 1e6))
    report.heading(f"Cost per lead in µs, indexes: {indexes}")
    report.table(["leads", *lines], rows)
    costs = [cost for leads, cost in lines[who.OURS] if leads >= 1000]
    report.table(["ratio", "export"], [["dearest / cheapest lead from 1,000 leads on",
                                        report.ratio(max(costs), min(costs), 1.5) if costs else ""]])
    plot.write(lines, "leads in the column", "µs per lead")


def memory_use(bench, indexes):
    report.heading(f"Memory, indexes: {indexes}")
    memory.report_memory(bench.contestants, "new")


def workbook_speed(bench, _):
    workbooks.report_workbooks(bench)


def core(bench, _):
    report.heading("The core, by itself")
    core_benchmarks.report_core(bench.runs)


# By its name, what a scenario does and the indexes it needs; those with the same are neighbours.
SCENARIOS = {
    "recommended": (recommended, "recommended"),
    "edges": (edges, "recommended"),
    "growth": (growth, "recommended"),
    "memory": (memory_use, "recommended"),
    "workbooks": (workbook_speed, "recommended"),
    "application": (application, "application's own"),
    "no-index": (no_index, "none on the calls' lead"),
    "core": (core, None),
}
