"""Workbooks as openpyxl, unzip and an XML parser read them."""

import datetime
import re
import subprocess
import tempfile
import xml.parsers.expat
import zipfile

import openpyxl

SHEET_PART = "xl/worksheets/sheet1.xml"


def unescaped(text):
    """_xHHHH_ is a character to spreadsheets; openpyxl leaves it to its callers."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def sheet_of(file):
    return openpyxl.load_workbook(file).active


def cell_value(cell):
    return unescaped(cell.value) if isinstance(cell.value, str) else cell.value


def assert_cell(expected, cell):
    value = cell_value(cell)
    if expected is None or expected == "":
        assert value is None, (cell.coordinate, value)
    elif isinstance(expected, datetime.datetime):
        # openpyxl reads a serial number to the millisecond
        assert cell.data_type == "d" and abs(value - expected) <= datetime.timedelta(milliseconds=1), (expected, value)
        assert cell.number_format == r"yyyy\-mm\-dd\ hh:mm:ss", cell.number_format
    elif isinstance(expected, int):
        assert cell.data_type == "n" and value == expected, (expected, value)
    else:
        assert cell.data_type == "s" and cell.quotePrefix, (expected, cell.data_type)
        assert value == expected, (expected[:80], value[:80])


def assert_rows(sheet, rows, headers):
    assert sheet.max_row == len(rows) + 1 and sheet.max_column == len(headers), sheet.dimensions
    for cell, header in zip(sheet[1], headers):
        assert cell_value(cell) == header and cell.font.b, cell.value
    for expected_row, cells in zip(rows, sheet.iter_rows(min_row=2)):
        for expected, cell in zip(expected_row, cells):
            assert_cell(expected, cell)


def assert_sound(file):
    """The archive is one for unzip and for Python, its parts are XML, and the sheet says rightly how large it is and
    has no formula."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        copy.write(file.read())
        copy.flush()
        subprocess.run(["unzip", "-tqq", copy.name], check=True)
        with zipfile.ZipFile(copy.name) as archive:
            assert archive.testzip() is None
            assert archive.namelist()[0] == "[Content_Types].xml"
            for part in archive.namelist():
                with archive.open(part) as content:
                    xml.parsers.expat.ParserCreate().ParseFile(content)
            assert_ranges(archive)


def assert_ranges(archive):
    content = archive.read(SHEET_PART)
    dimension, = re.findall(rb'<dimension ref="([^"]+)" *>', content[:500].replace(b"/>", b">"))
    auto_filter, = re.findall(rb'<autoFilter ref="([^"]+)"/>', content[-500:])
    assert dimension == auto_filter, (dimension, auto_filter)
    assert not re.search(rb"<f[ >/]", content), "a formula"
