"""Runs the modules of this suite, or those that are named, on one cluster."""

import importlib
import sys

import cluster
from checks import Checks

MODULES = ("parity", "set_up", "isolation", "moves")


def main():
    checks = Checks()
    if not cluster.is_installed():
        checks.skipped += 1
        print("ok - exports from tables that Citus distributes # SKIP Citus is not installed for this PostgreSQL")
        return checks.close()
    with cluster.running_cluster() as running:
        for name in sys.argv[1:] or MODULES:
            checks.subject = f"{name}: "
            importlib.import_module(name).make_checks(checks, running)
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
