"""Builds and runs the micro-benchmarks of the core, bench/core: its writers beside memcpy of the same bytes, and its
workbooks beside libxlsxwriter's."""

import json
import os
import subprocess

import report


def build():
    """The program's path."""
    folder = os.path.join(os.environ["BUILD_DIR"], "bench")
    subprocess.run(["cmake", "-S", ".", "-B", folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "--target", "core_benchmarks"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, "core_benchmarks")


def medians(runs, kind):
    """The medians of the benchmarks whose names match, by their names."""
    options = ["--benchmark_format=json", "--benchmark_min_time=0.05", f"--benchmark_repetitions={runs + 1}",
               f"--benchmark_filter={kind}"]
    output = subprocess.run([build(), *options], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {run["run_name"]: run for run in json.loads(output)["benchmarks"] if run.get("aggregate_name") == "median"}


def report_workbooks(runs):
    speeds = {name.partition("/")[0]: run["items_per_second"] for name, run in medians(runs, "lead$").items()}
    theirs = speeds["libxlsxwriter"]
    report.table(["", "leads a second of CPU time", "libxlsxwriter's time / its time"],
                 [[name, f"{speed:,.0f}", f"{speed / theirs:.1f}"] for name, speed in speeds.items()])


def report_writers(runs):
    speeds = {name: run["bytes_per_second"] for name, run in medians(runs, "^write_|^memcpy").items()}
    rows = []
    for name, speed in speeds.items():
        kind, _, fields = name.partition("/")
        if kind == "memcpy":
            continue
        copied = speeds[f"memcpy/{fields}"]
        rows.append([f"{kind}, {fields.replace('_', ' ')}", f"{speed / 1e9:.2f}", f"{copied / 1e9:.2f}",
                     f"{speed / copied:.2f}"])
    report.table(["", "GB/s", "memcpy, GB/s", "ratio"], rows)
