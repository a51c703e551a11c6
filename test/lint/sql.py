#!/usr/bin/env python3
"""How the parts of the extension's script in src/sql are written. Prints what does not keep to it, a line each."""

import pathlib
import re
import sys

SOURCE = pathlib.Path("src/sql")

# What every function says, each in a line of its own and in this order.
ATTRIBUTES = (
    ("a language", r"LANGUAGE (C|internal|sql|plpgsql)"),
    ("its volatility", r"IMMUTABLE|STABLE|VOLATILE"),
    ("its strictness", r"STRICT|CALLED ON NULL INPUT"),
    ("whether it is leakproof", r"(NOT )?LEAKPROOF"),
    ("its parallel label", r"PARALLEL (SAFE|RESTRICTED|UNSAFE)"),
)
SEARCH_PATH = "SET search_path = pg_catalog, pg_temp"

FUNCTION = re.compile(
    r"^CREATE FUNCTION @extschema@\.(?P<name>\w+)\(.*?\)\n"
    r"RETURNS .*?\n"
    r"(?P<attributes>LANGUAGE .*?)\n"
    r"(AS '.*?;|AS \$\$\n.*?\n\$\$;|BEGIN ATOMIC\n.*?\nEND;)\n"
    r"(?P<comment>COMMENT ON FUNCTION @extschema@\.(?P=name)\b[^']*'([^']|'')*';\n)?",
    re.DOTALL | re.MULTILINE,
)
INTERNAL = re.compile(r"IS\s+'Internal: ")

# Words of SQL that are never names in these files.
KEYWORDS = re.compile(
    r"\b(select|from|where|and|or|not|null|is|in|as|any|on|using|join|left|full|cross|lateral|union|all|"
    r"distinct|exists|group by|order by|having|limit|with|case|when|then|else|end|insert|update|delete|"
    r"values|create|alter|drop|grant|revoke|if|elsif|loop|for|foreach|return|perform|execute|raise|"
    r"declare|begin|exception|continue|between|like|language|returns|constant|default|references|"
    r"primary key)\b"
)
CONSTANT = re.compile(r"^s/(@\w+@)/(.*)/g$", re.MULTILINE)


def blank(found):
    return re.sub(r"[^\n]", " ", found[0])


def code_of(text):
    """The same lines without comments and without what is in quotes."""
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|\\[^\n]*", blank, text)


def wrong_with_function(function):
    attributes = function["attributes"].split("\n")
    for what, pattern in ATTRIBUTES:
        if attributes and re.fullmatch(pattern, attributes[0]):
            attributes.pop(0)
        else:
            yield f"does not say {what}, in the order of the others"
    is_in_sql = re.match(r"LANGUAGE (sql|plpgsql)\n", function["attributes"])
    if is_in_sql and SEARCH_PATH not in attributes:
        yield f"has no {SEARCH_PATH}"
    name = function["name"]
    if not re.match(r"_?export_leads_", name):
        yield "is not named export_leads_... or, for an internal one, _export_leads_..."
    if not function["comment"]:
        yield "has no COMMENT after it"
    elif name.startswith("_") != bool(INTERNAL.search(function["comment"])):
        yield "is internal by its name or its COMMENT, but not by both"


def wrong_with_part(text):
    """Pairs of a position in the text and what is wrong there."""
    functions = {found.start(): found for found in FUNCTION.finditer(text)}
    for found in re.finditer(r"^ *CREATE( OR REPLACE)? FUNCTION \S*", text, re.MULTILINE):
        if found.start() not in functions:
            yield found.start(), f"{found[0].strip()} is not written as the others are"
    for position, function in functions.items():
        for what in wrong_with_function(function):
            yield position, f"{function['name']}() {what}"
    for found in KEYWORDS.finditer(code_of(text)):
        yield found.start(), f"{found[0]} is in lower case"


def wrong_with_file(text, constants):
    if not re.match(r"\n?(--|#) \S", text):
        yield 0, "does not begin with what the file is for"
    for name, value in constants.items():
        for found in re.finditer(rf"{re.escape(value)}(?!\w)", text):
            yield found.start(), f"{value} is written {name}"


def wrong_with_constants(constants):
    """What C++ and SQL both name they name alike."""
    sources = "".join(path.read_text() for path in sorted(pathlib.Path("src/pg").rglob("*.[ch]pp")))
    reader = re.search(r'kReaderRole = "(\w+)"', sources)
    policies = re.search(r"kOwnPolicies\[\w*\] = \{(.*?)\};", sources, re.DOTALL)
    if not reader or constants.get("@reader@") != reader[1]:
        yield "@reader@ is not kReaderRole"
    names = re.findall(r'"(\w+)"', policies[1]) if policies else []
    if not names or re.findall(r"'(\w+)'", constants.get("@own_policies@", ""))[: len(names)] != names:
        yield "@own_policies@ does not begin with kOwnPolicies"


def main():
    shared = SOURCE / "constants.sed"
    constants = dict(CONSTANT.findall(shared.read_text()))
    wrong = [f"{shared}: {what}" for what in wrong_with_constants(constants)]
    files = sorted([*SOURCE.rglob("*.sql"), *SOURCE.rglob("*.sql.in"), shared])
    for path in files:
        text = path.read_text()
        found = list(wrong_with_file(text, {} if path == shared else constants))
        if path != shared:
            found += wrong_with_part(text)
        wrong += [f"{path}:{text.count(chr(10), 0, position) + 1}: {what}" for position, what in sorted(found)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
