"""Builds and runs the micro-benchmarks of the core, bench/core, and reports them against memcpy of the same bytes."""

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


def report_core(runs):
    options = ["--benchmark_format=json", "--benchmark_min_time=0.05", f"--benchmark_repetitions={runs + 1}"]
    output = subprocess.run([build(), *options], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    speeds = {run["run_name"]: run["bytes_per_second"] for run in json.loads(output)["benchmarks"]
              if run.get("aggregate_name") == "median"}
    rows = []
    for name, speed in speeds.items():
        kind, _, fields = name.partition("/")
        if kind == "memcpy":
            continue
        copied = speeds[f"memcpy/{fields}"]
        rows.append([f"{kind}, {fields.replace('_', ' ')}", f"{speed / 1e9:.2f}", f"{copied / 1e9:.2f}",
                     f"{speed / copied:.2f}"])
    report.table(["", "GB/s", "memcpy, GB/s", "ratio"], rows)
