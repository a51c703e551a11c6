"""The order of the rooms, src/*: what a file includes is in its own room or in one below it, and each SQL function has
a file of its own in src/pg/functions, by its name. Prints what is out of order; fails where anything is."""
import pathlib
import re
import sys

# From the top down; rooms on the same line must not include each other. doc/architecture.md says what each is for.
FLOORS = [
    ["pg/functions/internal"],
    ["pg/functions"],
    ["pg/history"],
    ["pg/export"],
    ["pg/query"],
    ["pg/guard"],
    ["pg/sandbox"],
    ["pg/file", "pg/setup"],
    ["pg/citus"],
    ["pg"],
    ["core/csv", "core/xlsx"],
    ["core"],
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = pathlib.Path("src")


def misplaced_functions():
    """Yields a line for each file that does not hold the one SQL function, or none, that its name says."""
    for file in sorted(SOURCES.rglob("*.cpp")):
        functions = re.findall(r"^PG_FUNCTION_INFO_V1\((\w+)\)", file.read_text(), re.MULTILINE)
        is_function = file.is_relative_to(SOURCES / "pg/functions") and file.stem.startswith("export_leads_")
        if functions != [file.stem] * is_function:
            yield f"{file} holds the functions {functions}"


def climbing_includes():
    """Yields a line for each include that goes up or sideways, and each file that stands in no room."""
    for file in sorted(path for suffix in ("*.cpp", "*.hpp") for path in SOURCES.rglob(suffix)):
        room = file.parent.relative_to(SOURCES).as_posix()
        if room not in FLOOR:
            yield f"{file} stands in no known room"
            continue
        for include in re.findall(r'^#include "((?:core|pg)/[^"]+)"', file.read_text(), re.MULTILINE):
            target = pathlib.PurePosixPath(include).parent.as_posix()
            if target != room and FLOOR[target] <= FLOOR[room]:
                yield f"{file} includes {include}"


found = [*climbing_includes(), *misplaced_functions()]
print("\n".join(found))
sys.exit(bool(found))
