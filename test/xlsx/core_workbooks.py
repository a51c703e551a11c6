#!/usr/bin/python3
"""Workbooks that the core writes, read back cell by cell by openpyxl, and their parts by an XML parser.

core_workbooks.py WORKBOOK_OF_LINES FOLDER: the program that writes them, and where they go. The last line says how
many checks passed and failed.
"""
import datetime
import random
import subprocess
import sys
import warnings

import checks
from awkward_texts import AWKWARD, random_text
from reading import assert_rows, assert_sound, sheet_of

program, folder = sys.argv[1:]
EPOCH = datetime.datetime(2000, 1, 1)


def microseconds(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def line_of(value):
    if value is None:
        return "e"
    if isinstance(value, datetime.datetime):
        return f"d{microseconds(value)}"
    if isinstance(value, datetime.date):
        return f"y{(value - EPOCH.date()).days}"
    if isinstance(value, bool):
        return f"b{int(value)}"
    if isinstance(value, int):
        return f"i{value}"
    if isinstance(value, float):
        return f"n{value:.15f}"
    return "t" + (value if isinstance(value, bytes) else value.encode()).hex()


def write(name, rows, headers, label="new", direction="rtl"):
    """Writes a workbook; returns its path and how many cells were cut."""
    lines = "".join(f"{line}\n" for row in rows for line in [*map(line_of, row), "r"])
    path = f"{folder}/{name}.xlsx"
    with open(path, "wb") as file:
        done = subprocess.run([program, label, direction, *headers], input=lines.encode(), stdout=file,
                              stderr=subprocess.PIPE, check=True)
    return path, int(done.stderr)


def random_value(source):
    kind = source.randrange(6)
    if kind == 0:
        return source.randrange(-10**15 + 1, 10**15)
    if kind == 1:
        return datetime.datetime(1900, 3, 1) + datetime.timedelta(
            days=source.randrange(2958404), microseconds=source.randrange(86_400_000_000))
    if kind == 2:
        return None
    return random_text(source)


def texts_are_texts():
    rows = [[text, text[::-1]] for text in AWKWARD]
    path, cut = write("awkward", rows, ["=header", "כותרת"])
    assert cut == 0
    assert_rows(sheet_of(path), rows, ["=header", "כותרת"])


def random_cells_are_read_back():
    source = random.Random(5)
    rows = [[random_value(source) for _ in range(11)] for _ in range(3000)]
    for row in rows:
        row[0] = row[0] or 1  # so that no row is empty at its end
        row[10] = row[10] or 1
    headers = [f"column {number}" for number in range(11)]
    assert_rows(sheet_of(write("random", rows, headers)[0]), rows, headers)


def large_integers_are_texts():
    path, _ = write("integers", [[10**15 - 1, 10**15], [-10**15 + 1, -10**15], [2**63 - 1, -2**63]], ["a", "b"])
    rows = [[cell.value for cell in row] for row in sheet_of(path).iter_rows(min_row=2)]
    assert rows == [[10**15 - 1, str(10**15)], [-10**15 + 1, str(-10**15)], [str(2**63 - 1), str(-2**63)]], rows


def numbers_dates_and_booleans_are_typed():
    rows = [[0.5, True, datetime.date(1900, 3, 1)], [-0.125, False, datetime.date(9999, 12, 31)]]
    assert_rows(sheet_of(write("types", rows, ["a", "b", "c"])[0]), rows, ["a", "b", "c"])


def the_sheet_is_set_up():
    path, _ = write("layout", [["a", 1]], ["x", "y"], "ליד/חדש 'א'")
    sheet = sheet_of(path)
    assert sheet.title == "ליד-חדש 'א", sheet.title
    assert sheet.sheet_view.rightToLeft and sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:B2"
    assert sheet.column_dimensions["A"].width == 20
    assert not sheet_of(write("left", [["a"]], ["x"], direction="ltr")[0]).sheet_view.rightToLeft


def long_texts_are_cut_and_counted():
    path, cut = write("long", [["ש" * 32768, "😀" * 16384], ["ש" * 32767, "\x01" * 40000]], ["a", "b"])
    assert cut == 3, cut
    cells = [[cell.value for cell in row] for row in sheet_of(path).iter_rows(min_row=2)]
    assert cells == [["ש" * 32766 + "…", "😀" * 16383 + "…"], ["ש" * 32767, "\x01" * 32766 + "…"]]


def invalid_bytes_are_replaced():
    path, _ = write("invalid", [[b"a\xffb\xed\xa0\x80", "\ufffe\uffff"]], ["a", "b"])
    assert [cell.value for cell in sheet_of(path)[2]] == ["a\ufffdb\ufffd\ufffd\ufffd", "\ufffd\ufffd"]


def a_workbook_may_have_no_rows():
    assert_rows(sheet_of(write("empty", [], ["a", "b"])[0]), [], ["a", "b"])


def archives_are_sound():
    for name in ("awkward", "random", "integers", "types", "layout", "left", "long", "invalid", "empty"):
        with open(f"{folder}/{name}.xlsx", "rb") as file:
            assert_sound(file)


warnings.simplefilter("error")  # openpyxl warns of what it does not understand
made = checks.Checks()
for check in (texts_are_texts, random_cells_are_read_back, large_integers_are_texts,
              numbers_dates_and_booleans_are_typed, the_sheet_is_set_up, long_texts_are_cut_and_counted,
              invalid_bytes_are_replaced, a_workbook_may_have_no_rows, archives_are_sound):
    made.check(check.__name__.replace("_", " "), check)
sys.exit(made.close())
