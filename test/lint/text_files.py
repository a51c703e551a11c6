"""Every text file of the project is laid out as .editorconfig says: no line is wider than 120 characters, ends in a
space, or holds a tab.

Prints a line per fault. Tables of Markdown and texts in JSON are as wide as they must be, and what psql printed
(expected/, blocks of `text` in Markdown), what was released and what a program wrote stay as they are.
"""

import os
import re
import sys
from pathlib import Path

WIDTH = 120
BUILT = {"./.git", "./build", "./results", "./web/client/dist"}
AS_IT_IS = re.compile(r"expected/.*\.out|sql/export_leads--.*\.sql|META\.json|doc/pictures/.*|.*/package-lock\.json|"
                      r"src/pg/compile_flags\.txt|.*\.(o|so|bc)")
WITH_TABS = re.compile(r"Makefile|debian/rules")


def text_files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in ("node_modules", "__pycache__")
                            and f"{folder}/{name}" not in BUILT)
        for name in sorted(names):
            path = Path(folder, name).relative_to(root)
            if not AS_IT_IS.fullmatch(path.as_posix()):
                yield path


def faults(path, content):
    """Yields (line number, what is wrong)."""
    if b"\0" in content or not content:
        return
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError as error:
        yield 1, f"is not UTF-8: {error.reason}"
        return
    if lines.pop() != "":
        yield len(lines) + 1, "does not end in a newline"
    is_output = False
    for number, line in enumerate(lines, 1):
        if path.suffix == ".md" and line.startswith("```"):
            is_output = line == "```text"
        is_table = path.suffix == ".md" and line.startswith("|")
        if len(line) > WIDTH and not (is_table or is_output):
            yield number, f"is {len(line)} characters wide"
        if line != line.rstrip():
            yield number, "ends in white space"
        if "\t" in line and not WITH_TABS.fullmatch(path.as_posix()):
            yield number, "holds a tab"


def main():
    found = 0
    for path in text_files("."):
        for number, fault in faults(path, path.read_bytes()):
            print(f"{path}:{number} {fault}")
            found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
