"""What is measured, under which indexes, and the goals that the figures are held against."""

import dataclasses
import math

import cold
import contestants as who
import core_benchmarks
import database
import distributed
import memory
import others
import plot
import report
import workbooks
from contestants import Contestants, check_same_file
from measure import measure
from queries import SHAPES, Selection

# The goals of exports against COPY and COPY at its best, both in the server, and COPY at its best, fetched: of columns
# from so many leads on, with the recommended indexes.
GOALS = {
    "wide": {100_000: (0.38, 0.48, 0.55), 1_000: (0.60, 0.75, 0.75), 1: (0.85, 0.90, 0.95)},
    "narrow": {30_000: (0.45, 0.60, 0.65)},
}
AGAINST_COPY = ("export / COPY, both in the server", "export / COPY at its best, both in the server",
                "export / COPY at its best, both fetched")


@dataclasses.dataclass
class Bench:
    """What all scenarios share."""
    contestants: Contestants
    runs: int
    timeout: int  # seconds, for a query that may never end
    indexes: str | None = None  # those that there are

    @property
    def connection(self):
        return self.contestants.connection

    def times(self, contestants, selection, timeout=None):
        """The number of leads and the Times."""
        leads = database.count_leads(self.connection, selection)
        return leads, measure(contestants, selection, leads, self.runs, timeout)


def columns(bench, title, statuses, goals, with_orm=False):
    """Everybody, at columns of TENANT's; `goals` are the ratios' by their text, for so many leads."""
    contestants = bench.contestants
    check_same_file(contestants.fetched(SHAPES) + [contestants.by_orm()], Selection(database.TENANT, "hot"))
    results = []
    for status in statuses:
        selection = Selection(database.TENANT, status)
        leads, times = bench.times(contestants.in_server(SHAPES) + contestants.fetched(SHAPES), selection)
        if with_orm and status == "in_progress":
            orm = contestants.by_orm()
            times |= measure([orm], selection, leads, 1)
        results.append((leads, times))
    report.heading(f"Time in ms, {title}")
    sizes = [f"{leads:,} leads" for leads, _ in results]
    labels = list(dict.fromkeys(label for _, times in results for label in times))
    report.table(["", *sizes], [[label, *(report.milliseconds(times.get(label)) for _, times in results)]
                                for label in labels])
    in_server, best_in_server, best_fetched = AGAINST_COPY
    ratios = [(best_in_server, who.OURS, who.COPY_BEST),
              (in_server, who.OURS, who.COPY),
              ("export / COPY of bare columns, both in the server", who.OURS, who.COPY_BARE),
              ("export without workers / its query alone", who.OURS_ALONE, who.FLOOR),
              (best_fetched, who.STREAM_COPIED, who.COPY_BEST_FETCHED),
              ("export / COPY, both fetched", who.STREAM_COPIED, who.COPY_FETCHED),
              ("export as one text / COPY, both fetched", who.OURS_FETCHED, who.COPY_FETCHED),
              ("export as one text / psycopg2 rows and csv.writer", who.OURS_FETCHED, who.ROWS),
              ("export as one text / ORM", who.OURS_FETCHED, who.ORM)]
    report.table(["ratio to the best shape", *sizes], [
        [text, *(report.ratio(report.best(times, part), report.best(times, whole), goals(leads).get(text))
                 for leads, times in results)] for text, part, whole in ratios])


def goals_with(data):
    """The goals of columns of a set of rows, with the recommended indexes."""
    def goals(leads):
        ratios = next((ratios for least, ratios in GOALS[data].items() if leads >= least), ())
        of_all = {}
        if leads >= 1000:
            of_all = {"export without workers / its query alone": 1.15, "export as one text / ORM": 0.02}
        return {**of_all, **dict(zip(AGAINST_COPY, ratios))}
    return goals


def recommended(bench, indexes):
    columns(bench, f"indexes: {indexes}", ("hot", "in_progress", "new"), goals_with("wide"), with_orm=True)


def narrow(bench, _):
    columns(bench, "narrow rows", ("in_progress", "new"), goals_with("narrow"))


def application(bench, indexes):
    columns(bench, f"indexes: {indexes}", ("hot", "in_progress", "new"), lambda leads: {AGAINST_COPY[0]: 1.0})


def cold_caches(bench, indexes):
    """Each time in a fresh session of a fresh server, whose files are in no cache of the operating system's either."""
    exports = [cold.made_cold(bench.contestants, contestant)
               for contestant in bench.contestants.in_server(["LATERAL"]) if contestant.name in (
                   who.OURS, who.COPY_BEST, who.COPY)]
    rows = []
    for status in ("in_progress", "new"):
        selection = Selection(database.TENANT, status)
        leads = database.count_leads(bench.connection, selection)
        # as few rounds as of a large export, since the server starts again for each; with a time-out none warms up
        times = measure(exports, selection, math.inf, bench.runs, bench.timeout)
        best, copy = report.best(times, who.COPY_BEST), report.best(times, who.COPY)
        rows.append([f"{leads:,}", *map(report.milliseconds, (times[who.OURS], best, copy)),
                     report.ratio(times[who.OURS], best), report.ratio(times[who.OURS], copy)])
    report.heading(f"Cold caches, in ms, indexes: {indexes}")
    report.table(["leads", "export", "COPY at its best", "COPY", "export / COPY at its best", "export / COPY"], rows)


def no_index(bench, indexes):
    """A probe per lead would read all calls for each; ours gets only so much time to show that it does not."""
    ours, _, _, *by_hand = bench.contestants.in_server(["one pass"])
    database.execute(bench.connection, f"SET statement_timeout = '{bench.timeout}s'")
    leads, times = bench.times([ours, *by_hand], Selection(database.TENANT, "in_progress"), bench.timeout)
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
        leads, times = bench.times(bench.contestants.in_server(["LATERAL"]), Selection(tenant, status))
        best, copy = report.best(times, who.COPY_BEST), report.best(times, who.COPY)
        rows.append([text.format(busy, leads=leads),
                     *map(report.milliseconds, (times[who.OURS], times[who.FLOOR], best, copy)),
                     report.ratio(times[who.OURS], best), report.ratio(times[who.OURS], copy)])
    report.heading(f"The ends, in ms, indexes: {indexes}")
    report.table(["", "export", "its query alone", "COPY at its best", "COPY", "export / COPY at its best",
                  "export / COPY"], rows)


def growth(bench, indexes):
    """The cost per lead as exports grow: of columns, the smaller of which are thinner spread over the tables, and of
    ever longer ranges of the largest, whose leads are as dense however many they are. As tables; the ranges also as a
    plot."""
    report.heading(f"Cost per lead in µs, indexes: {indexes}")
    columns = cost_per_lead(bench, "a column's leads", [
        Selection(database.TENANT, status) for status in ("hot", "meeting", "in_progress", "no_answer", "new")])
    counts = (100, 1_000, 4_000, 10_000, 30_000, 100_000, 300_000)
    largest = database.count_leads(bench.connection, Selection(database.TENANT, "new"))
    ranges = cost_per_lead(bench, "the newest leads of one", [
        database.newest(bench.connection, "new", count) for count in counts if count <= largest])
    report.table(["dearest / cheapest lead of an export, from 1,000 leads on", "ratio"], [
        ["columns, from sparse to dense", dearest_to_cheapest(columns, None)],
        ["ranges of one column", dearest_to_cheapest(ranges, 1.5)]])
    plot.write(ranges, "leads in the file, the newest of one status", "µs per lead")


def cost_per_lead(bench, title, selections):
    """Prints and returns the lines of {label: [(leads, µs per lead), ...]}."""
    contestants = bench.contestants.in_server(["LATERAL"])
    lines = {}
    rows = []
    for selection in selections:
        leads, times = bench.times(contestants, selection)
        costs = {label: taken.median() / leads * 1e6 for label, taken in times.items()}
        rows.append([f"{leads:,}", *(f"{cost:.2f}" for cost in costs.values())])
        for label, cost in costs.items():
            lines.setdefault(label, []).append((leads, cost))
    report.table([title, *lines], rows)
    return lines


def dearest_to_cheapest(lines, goal):
    costs = [cost for leads, cost in lines[who.OURS] if leads >= 1000]
    return report.held_against(max(costs) / min(costs), goal) if costs else ""


def memory_use(bench, indexes):
    report.heading(f"Memory, indexes: {indexes}")
    memory.report_memory(bench.contestants, Selection(database.TENANT, "new"))


def other_roles(bench, indexes):
    report.heading(f"Other roles, in ms, indexes: {indexes}")
    others.report_others(bench)


def workbook_speed(bench, _):
    workbooks.report_workbooks(bench)


def parallel(bench, indexes):
    """Whether workers pay: a large column without any, as PostgreSQL chooses, and where it takes them for nothing."""
    selection = Selection(database.TENANT, "new")
    settings = {"no workers": {"max_parallel_workers_per_gather": 0},
                "workers where PostgreSQL finds them cheaper": {},
                "workers at no cost to the planner": {
                    "parallel_setup_cost": 0, "parallel_tuple_cost": 0, "min_parallel_table_scan_size": 0}}
    workers = {}
    for label, values in settings.items():
        with bench.contestants.settings(values):
            workers[label] = bench.contestants.workers(selection)
    leads, times = bench.times([bench.contestants.ours_with(label, values) for label, values in settings.items()],
                               selection)
    report.heading(f"Parallel workers, {leads:,} leads in ms, indexes: {indexes}")
    alone = times["no workers"]
    report.table(["export_leads_csv, in the server, with", "workers", "ms", "ratio to none"],
                 [[label, str(workers[label]), report.milliseconds(taken), report.ratio(taken, alone)]
                  for label, taken in times.items()])


def log(bench, indexes):
    """What the line in the server's log costs."""
    exports = [bench.contestants.ours_with(value, {"export_leads.log_exports": value}) for value in ("off", "on")]
    rows = []
    for status in ("hot", "in_progress", "new"):
        leads, times = bench.times(exports, Selection(database.TENANT, status))
        rows.append([f"{leads:,}", *map(report.milliseconds, times.values()), report.ratio(times["on"], times["off"])])
    report.heading(f"The log of exports, in ms, indexes: {indexes}")
    report.table(["leads", "export_leads.log_exports off", "on", "on / off"], rows)


def history(bench, indexes):
    """What keeping a file costs beside exporting it, and what fetching it again costs beside making it with COPY."""
    contestants = bench.contestants
    database.execute(bench.connection, "SELECT count(*) FROM export_leads_setup(tenant_quota => 1::bigint << 50)")
    rows = []
    for status in ("hot", "in_progress", "new"):
        selection = Selection(database.TENANT, status)
        leads, times = bench.times(
            [who.Contestant(who.OURS, contestants.ours), *contestants.fetched(["LATERAL"]),
             *contestants.kept(selection)], selection)
        copy = report.best(times, who.COPY_FETCHED)
        rows.append([f"{leads:,}", *map(report.milliseconds, (times[who.OURS], times[who.STREAM_FETCHED],
                                                              times[who.SAVED], times[who.KEPT_FETCHED], copy)),
                     report.ratio(times[who.SAVED], times[who.OURS], 1.25 if leads >= 1000 else None),
                     report.ratio(times[who.SAVED], times[who.STREAM_FETCHED]),
                     report.ratio(times[who.KEPT_FETCHED], copy, 1.0)])
    report.heading(f"The history, in ms, indexes: {indexes}")
    report.table(["leads", "export in the server", "export fetched", "saved", "kept file fetched", "COPY fetched",
                  "saved / export in the server", "saved / export fetched", "kept file / COPY, both fetched"], rows)


def core(bench, _):
    report.heading("The core, by itself")
    core_benchmarks.report_writers(bench.runs)
    report.heading("Workbooks of the core, beside libxlsxwriter")
    core_benchmarks.report_workbooks(bench.runs)


# By its name, what a scenario does, the indexes that it needs and the set of rows. Those with the same are neighbours.
SCENARIOS = {
    "recommended": (recommended, "recommended", "wide"),
    "edges": (edges, "recommended", "wide"),
    "growth": (growth, "recommended", "wide"),
    "log": (log, "recommended", "wide"),
    "history": (history, "recommended", "wide"),
    "memory": (memory_use, "recommended", "wide"),
    "others": (other_roles, "recommended", "wide"),
    "workbooks": (workbook_speed, "recommended", "wide"),
    "cold": (cold_caches, "recommended", "wide"),
    "application": (application, "application's own", "wide"),
    "no-index": (no_index, "none on the calls' lead", "wide"),
    "parallel": (parallel, "none on the calls' lead", "wide"),
    "narrow": (narrow, "recommended", "narrow"),
    "citus": (distributed.scenario, None, "wide"),
    "core": (core, None, "wide"),
}
