#!/usr/bin/python3
"""Measures exports against what people would use instead, and prints tables in Markdown: see script/bench.

The server is a throw-away one that libpq's environment variables name, the user a superuser there. BENCH_RESULTS is the
folder that plots go to, BUILD_DIR where the core's benchmarks are built.
"""

import argparse

import contestants
import database
from scenarios import SCENARIOS, Bench

LEADS_PER_SECOND = 2_500  # of statement_timeout: 300,000 leads get two minutes


def arguments():
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("--leads", type=int, default=300_000, help="how many leads there are (%(default)s)")
    parser.add_argument("--runs", type=int, default=5,
                        help="how often each is measured; more often where exports are short (%(default)s)")
    parser.add_argument("scenario", nargs="*", help=f"{', '.join(SCENARIOS)}; all where none is named")
    given = parser.parse_args()
    for name in given.scenario:
        if name not in SCENARIOS:
            parser.error(f"no scenario '{name}'; there are: {', '.join(SCENARIOS)}")
    if given.leads < 1000 or given.runs < 1:
        parser.error("it takes 1000 leads and 1 run at least")
    return given


def make(data, given):
    """What the scenarios on a set of rows share."""
    connection = database.make(data, given.leads)
    version, buffers, leads, calls, size = (database.fetch(connection, query) for query in (
        "SHOW server_version", "SHOW shared_buffers", "SELECT count(*) FROM leads", "SELECT count(*) FROM call_log",
        "SELECT pg_size_pretty(pg_table_size('leads') + pg_table_size('call_log'))"))
    print(f"\nPostgreSQL {version}, shared_buffers {buffers}; {leads:,} leads and {calls:,} calls with {data} rows, "
          f"{size}; medians (runs: {given.runs}, more of short exports).")
    bench = Bench(contestants.Contestants(connection), given.runs, max(5, given.leads // LEADS_PER_SECOND))
    if not bench.contestants.has_pg_csv:
        print("pg_csv is not installed, so its csv_agg is left out.")
    return bench


def main():
    given = arguments()
    benches = {}
    for name, (scenario, indexes, data) in SCENARIOS.items():
        if given.scenario and name not in given.scenario:
            continue
        if data not in benches:
            benches[data] = make(data, given)
        bench = benches[data]
        if indexes not in (None, bench.indexes):
            seconds = database.use_indexes(bench.connection, indexes)
            print(f"\nIndexes ({indexes}) were built in {seconds:.1f} s.")
            bench.indexes = indexes
        scenario(bench, indexes)


if __name__ == "__main__":
    main()
