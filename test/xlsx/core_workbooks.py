#!/usr/bin/python3
"""Workbooks that the core writes, read back cell by cell by openpyxl, and their parts by an XML parser.

core_workbooks.py WORKBOOK_OF_LINES FOLDER: the program that writes them, and where they go. The last line says how
many checks passed and failed.
"""
import datetime
import random
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree
import zipfile

import openpyxl

program, folder = sys.argv[1:]
EPOCH = datetime.datetime(2000, 1, 1)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PIECES = ["שלום", "a", "=", "+", "1", " ", "\n", "\t", "\r", "\r\n", "&", "<", ">", '"', "'", "_x0041_", "_x00", "_",
          "\x01", "\x1f", "\x7f", "\u0085", "😀", "ג׳", "\u200f", "\u2028", "]]>", "<!--", "\ufeff", "\ufffd"]
AWKWARD = ["=1+2", "+972501234567", "+972 50 123-4567", "0501234567", "-5", "@SUM(A1)", "=cmd|'/c calc'!A1", " a ", "\n",
           "a\nb", "a\r\nb", "1e5", "TRUE", "#N/A", "2025-12-23", "_x000D_", "_x0041\r", "]]>", "&lt;", "x" * 32767]


def microseconds(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def line_of(value):
    if value is None:
        return "e"
    if isinstance(value, datetime.datetime):
        return f"d{microseconds(value)}"
    if isinstance(value, int):
        return f"i{value}"
    return "t" + (value if isinstance(value, bytes) else value.encode()).hex()


def write(name, rows, headers, label="new", direction="rtl"):
    """Writes a workbook; returns its path and how many cells were cut."""
    lines = "".join(f"{line}\n" for row in rows for line in [*map(line_of, row), "r"])
    path = f"{folder}/{name}.xlsx"
    with open(path, "wb") as file:
        done = subprocess.run([program, label, direction, *headers], input=lines.encode(), stdout=file,
                              stderr=subprocess.PIPE, check=True)
    return path, int(done.stderr)


def unescaped(text):
    """_xHHHH_ is a character to spreadsheets; openpyxl leaves it to its callers."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def sheet_of(path):
    return openpyxl.load_workbook(path).active


def cell_value(cell):
    return unescaped(cell.value) if isinstance(cell.value, str) else cell.value


def assert_rows(path, rows, headers):
    sheet = sheet_of(path)
    assert sheet.max_row == len(rows) + 1 and sheet.max_column == len(headers), sheet.dimensions
    for cell, header in zip(sheet[1], headers):
        assert cell_value(cell) == header and cell.font.b, cell.value
    for expected_row, cells in zip(rows, sheet.iter_rows(min_row=2)):
        for expected, cell in zip(expected_row, cells):
            assert_cell(expected, cell)


def assert_cell(expected, cell):
    value = cell_value(cell)
    if expected is None or expected == "":
        assert value is None, (cell.coordinate, value)
    elif isinstance(expected, datetime.datetime):
        # openpyxl reads a serial number to the millisecond
        assert cell.data_type == "d" and abs(value - expected) <= datetime.timedelta(milliseconds=1), (expected, value)
    elif isinstance(expected, int):
        assert cell.data_type == "n" and value == expected, (expected, value)
    else:
        assert cell.data_type == "s" and cell.quotePrefix, (expected, cell.data_type)
        assert value == expected, (expected[:80], value[:80])


def random_value(source):
    kind = source.randrange(6)
    if kind == 0:
        return source.randrange(-10**15 + 1, 10**15)
    if kind == 1:
        return datetime.datetime(1900, 3, 1) + datetime.timedelta(
            days=source.randrange(2958404), microseconds=source.randrange(86_400_000_000))
    if kind == 2:
        return None
    return "".join(source.choice(PIECES) for _ in range(source.randrange(12)))


def texts_are_texts():
    rows = [[text, text[::-1]] for text in AWKWARD]
    path, cut = write("awkward", rows, ["=header", "כותרת"])
    assert cut == 0
    assert_rows(path, rows, ["=header", "כותרת"])


def random_cells_are_read_back():
    source = random.Random(5)
    rows = [[random_value(source) for _ in range(11)] for _ in range(3000)]
    for row in rows:
        row[0] = row[0] or 1  # so that no row is empty at its end
        row[10] = row[10] or 1
    headers = [f"column {number}" for number in range(11)]
    assert_rows(write("random", rows, headers)[0], rows, headers)


def large_integers_are_texts():
    path, _ = write("integers", [[10**15 - 1, 10**15], [-10**15 + 1, -10**15], [2**63 - 1, -2**63]], ["a", "b"])
    rows = [[cell.value for cell in row] for row in sheet_of(path).iter_rows(min_row=2)]
    assert rows == [[10**15 - 1, str(10**15)], [-10**15 + 1, str(-10**15)], [str(2**63 - 1), str(-2**63)]], rows


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
    cells = [[cell_value(cell) for cell in row] for row in sheet_of(path).iter_rows(min_row=2)]
    assert cells == [["ש" * 32766 + "…", "😀" * 16383 + "…"], ["ש" * 32767, "\x01" * 32766 + "…"]]


def invalid_bytes_are_replaced():
    path, _ = write("invalid", [[b"a\xffb\xed\xa0\x80", "\ufffe\uffff"]], ["a", "b"])
    assert [cell.value for cell in sheet_of(path)[2]] == ["a\ufffdb\ufffd\ufffd\ufffd", "\ufffd\ufffd"]


def a_workbook_may_have_no_rows():
    assert_rows(write("empty", [], ["a", "b"])[0], [], ["a", "b"])


def archives_are_sound():
    for name in ("awkward", "random", "integers", "layout", "left", "long", "invalid", "empty"):
        path = f"{folder}/{name}.xlsx"
        subprocess.run(["unzip", "-tqq", path], check=True)
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            parts = {part: xml.etree.ElementTree.fromstring(archive.read(part)) for part in archive.namelist()}
        assert list(parts)[0] == "[Content_Types].xml"
        sheet = parts["xl/worksheets/sheet1.xml"]
        assert sheet.find(f"{MAIN}dimension").get("ref") == sheet.find(f"{MAIN}autoFilter").get("ref")
        assert not list(sheet.iter(f"{MAIN}f")), "a formula"


warnings.simplefilter("error")  # openpyxl warns of what it does not understand
passed = failed = 0
for check in (texts_are_texts, random_cells_are_read_back, large_integers_are_texts, the_sheet_is_set_up,
              long_texts_are_cut_and_counted, invalid_bytes_are_replaced, a_workbook_may_have_no_rows,
              archives_are_sound):
    try:
        check()
    except Exception as error:  # the other checks go on
        failed += 1
        print(f"not ok - {check.__name__.replace('_', ' ')}\n# {type(error).__name__}: {str(error)[:300]}")
    else:
        passed += 1
        print(f"ok - {check.__name__.replace('_', ' ')}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
