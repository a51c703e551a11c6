"""Workbooks as openpyxl, unzip and an XML parser read them."""

import datetime
import re
import subprocess
import tempfile
import xml.parsers.expat
import zipfile
from xml.etree import ElementTree

import openpyxl
import openpyxl.reader.excel

SHEET_PART = "xl/worksheets/sheet1.xml"
STRINGS_PART = "xl/sharedStrings.xml"
TIMESTAMP_FORMAT, DATE_FORMAT = r"yyyy\-mm\-dd\ hh:mm:ss", r"yyyy\-mm\-dd"


def unescaped(text):
    """_xHHHH_ is a character to spreadsheets."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def texts_of(part):
    """The texts of a workbook, of which openpyxl undoes some escapes and leaves others."""
    return [unescaped("".join(item.itertext())) for item in ElementTree.parse(part).getroot()]


openpyxl.reader.excel.read_string_table = texts_of


def sheet_of(file):
    return openpyxl.load_workbook(file).active


def cell_text(text):
    """A text as a cell holds it: its lines end in line feeds."""
    return re.sub("\r\n?", "\n", text)


def assert_cell(expected, cell):
    value = cell.value
    if expected is None or expected == "":
        assert value is None, (cell.coordinate, value)
    elif isinstance(expected, datetime.datetime):
        # openpyxl reads a serial number to the millisecond
        assert cell.data_type == "d" and abs(value - expected) <= datetime.timedelta(milliseconds=1), (expected, value)
        assert cell.number_format == TIMESTAMP_FORMAT, cell.number_format
    elif isinstance(expected, datetime.date):
        midnight = datetime.datetime.combine(expected, datetime.time())
        assert cell.data_type == "d" and value == midnight, (expected, value)
        assert cell.number_format == DATE_FORMAT, cell.number_format
    elif isinstance(expected, bool):
        assert cell.data_type == "b" and value is expected, (expected, value)
    elif isinstance(expected, (int, float)):
        assert cell.data_type == "n" and value == expected, (expected, value)
    else:
        assert cell.data_type == "s" and cell.quotePrefix, (expected, cell.data_type)
        assert value == cell_text(expected), (expected[:80], value[:80])


def assert_rows(sheet, rows, headers):
    assert sheet.max_row == len(rows) + 1 and sheet.max_column == len(headers), sheet.dimensions
    for cell, header in zip(sheet[1], headers):
        assert cell.value == header and cell.font.b, cell.value
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
            assert_strings(archive)


def assert_ranges(archive):
    content = archive.read(SHEET_PART)
    dimension, = re.findall(rb'<dimension ref="([^"]+)" *>', content[:500].replace(b"/>", b">"))
    auto_filter, = re.findall(rb'<autoFilter ref="([^"]+)"/>', content[-500:])
    assert dimension == auto_filter, (dimension, auto_filter)
    assert not re.search(rb"<f[ >/]", content), "a formula"


def assert_strings(archive):
    """Every text is a shared one, all of which are used; the part says how many there are."""
    cells = [int(number) for number in re.findall(rb't="s"><v>([0-9]+)</v>', archive.read(SHEET_PART))]
    strings = archive.read(STRINGS_PART)
    assert b"inlineStr" not in archive.read(SHEET_PART)
    cell_count, text_count = map(int, re.search(rb' count="([0-9]+)" uniqueCount="([0-9]+)"', strings).groups())
    assert strings.count(b"<si>") == text_count and len(cells) == cell_count, (cell_count, text_count)
    assert set(cells) == set(range(text_count)), "a text that no cell has, or a cell without its text"
    assert b"_x000D_" not in strings.replace(b"_x005F_x000D_", b""), "a carriage return"
