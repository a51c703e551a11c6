"""What the documents name is there: files and folders in backticks, and what links lead to.

`src/pg` or `src/core/*.cpp` is a path from the root or from the document's folder, `tables.sql` a file anywhere. Words
in capitals stand for something: `test/SUITE/run`. CHANGELOG.md tells of the past, and is not held to it.
"""

import re
from pathlib import Path

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(?:\./)?([\w.*-]+(?:/[\w.*-]+)+/?|[\w-]+\.(?:cpp|hpp|json|md|py|sh|sql|ts|tsx))`")
LINK = re.compile(r"\]\(([^)\s]*)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
NO_PATH = re.compile(r"(application|image|text|xl)/.*|[\d/]+")
MADE_BY_COMMANDS = re.compile(r"build/.*")
STANDS_FOR_ANY = re.compile(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])")


def is_there(folder, path):
    for root in (folder, Path(".")):
        if (root / path).exists():
            return True
        pattern = STANDS_FOR_ANY.sub("*", path.rstrip("/"))
        if pattern != path.rstrip("/") or "*" in path:
            if any(root.glob(pattern)):
                return True
    return "/" not in path and any(name for top in Path(".").iterdir() if top.is_dir() for name in top.rglob(path))


def anchors(path):
    """As GitHub makes them of headings."""
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def is_reached(document, target):
    if re.match(r"\w+:", target):
        return True
    path, _, anchor = target.partition("#")
    file = document.parent / path if path else document
    return file.exists() and (not anchor or anchor in anchors(file))


def missing(document):
    text = FENCED.sub("", document.read_text(encoding="utf-8"))
    for name in sorted(set(NAMED.findall(text))):
        is_path = not NO_PATH.fullmatch(name) and not MADE_BY_COMMANDS.fullmatch(name)
        if is_path and not is_there(document.parent, name):
            yield f"`{name}` is not there"
    for target in sorted(set(LINK.findall(text))):
        if not is_reached(document, target):
            yield f"the link to {target} leads nowhere"


def documents():
    for path in sorted(Path(".").rglob("*.md")):
        if "node_modules" not in path.parts and path.name != "CHANGELOG.md":
            yield path


def faults():
    """A line for everything that is missing."""
    return [f"{document}: {fault}" for document in documents() for fault in missing(document)]
