"""CSV files as LibreOffice reads them with any separator, the file's own or another, and with quotes or without: which
cells are formulas to it."""

import itertools
import pathlib
import random
import tempfile

import openpyxl

import crm
from checks import expect
from leads import HEADER
from libreoffice import DOUBLE_QUOTE, csv_filter, save_as

HOSTILE = ["=1+1", "x;=1+1;y", "x,=1+1,y", "x\t=1+1\ty", "x|=1+1|y", ";=1+1", ",=1+1;", "\t=1+1", "|=1+1|",
           "x; =1+1;y", "x, \u00a0=1+1", "x;=1+1\ny", "x\n=1+1;y", "x\n=1+1,y", "x\n=1+1\ty", "x\n=1+1|y", "x\r=1+1;y",
           "x\r\n=1+1;y", "x\n\n=1+1", "x\n =1+1;y", "x;\n=1+1;y", "\n;=1+1", 'x;"=1+1"', 'x;"=1+1";y', 'x,"=1+1&"',
           'x\n"=1+1&";', '"=1+1"', '";=1+1;"', 'x";=1+1;y', '";"=1+1', '"\n=1+1;"', '""\n"";=1+1', "x;;=1+1",
           "x;\t=1+1", "x; , | =1+1", "x;＝1+1", "x;+1+1;y", "x;-1+1;y", "x;@SUM(1);y", "=1+1;=1+1", "'=1+1;=1+1",
           "-1\n-1+1;=1+1", 'x;=HYPERLINK("a";"b")', None]
PIECES = [",", ";", "\t", "|", "\n", "\r\n", '"', '""', " ", "=1+1", "=1+1", "+1+1", "-1", "@SUM(1)", "＝1", "'", "x",
          "של"]
SEPARATORS = {"comma": "44", "semicolon": "59", "tab": "9"}
BAR, ALL_MERGED = "124", "44/59/9/124/MRG"
NO_QUOTES = ""


def fill(session):
    source = random.Random(19)
    texts = HOSTILE + ["".join(source.choices(PIECES, k=source.randrange(2, 9))) for _ in range(100)]
    session.insert("leads", [
        (number, 7, text, texts[number - 3], texts[number - 7], texts[number - 11], "new", texts[number - 17],
         f"2025-12-23 10:{number // 60:02}:{number % 60:02}") for number, text in enumerate(texts)])
    session.insert("lead_statuses", [(7, "new", "חדש;=1+1")])


def files(session, folder, guard):
    """A CSV file with each of the delimiters."""
    for delimiter in SEPARATORS:
        session.rows(f"SET export_leads.formula_guard = {guard}; SET export_leads.csv_delimiter = {delimiter}")
        source = folder / f"{guard}_{delimiter}.csv"
        source.write_bytes(bytes(session.value("SELECT body FROM export_leads_file(7, 'new', 'csv')")))
        yield source


def sheets(folder, sources, *how):
    """What LibreOffice makes of the files."""
    return [openpyxl.load_workbook(file).active for file in save_as(folder, "xlsx", sources, csv_filter(*how))]


def formulas(sheet):
    return [f"{cell.coordinate} {cell.value!a}" for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def a_strict_file_has_no_formula(session, folder):
    sources = list(files(session, folder, "strict"))
    readers = list(itertools.product((*SEPARATORS.values(), BAR, ALL_MERGED),
                                     ((DOUBLE_QUOTE, False), (DOUBLE_QUOTE, True), (NO_QUOTES, True))))
    for separators, (quote, trims) in readers:
        for source, sheet in zip(sources, sheets(folder, sources, separators, quote, trims)):
            expect(formulas(sheet), [], f"the formulas of {source.name}, read with {separators}, {quote}, {trims}")
    return f"{len(readers)} readers"


def a_guarded_file_has_none_for_its_separator(session, folder):
    leads = session.value("SELECT count(*) FROM leads")
    for source, separator in zip(files(session, folder, "on"), SEPARATORS.values()):
        for trims in (False, True):
            sheet, = sheets(folder, [source], separator, DOUBLE_QUOTE, trims)
            expect(formulas(sheet), [], f"the formulas of {source.name}")
            expect((sheet.max_row, sheet.max_column), (leads + 1, len(HEADER)), f"the size of {source.name}")


def a_guarded_file_has_some_for_another(session, folder):
    """Or the others would show nothing."""
    sources = list(files(session, folder, "on"))
    for separator in (*SEPARATORS.values(), BAR):
        for own, sheet in zip(SEPARATORS.values(), sheets(folder, sources, separator)):
            expect(bool(formulas(sheet)), separator != own, f"that there are formulas at {separator} instead of {own}")


def checks():
    def with_files(action):
        with crm.database() as session, tempfile.TemporaryDirectory() as folder:
            fill(session)
            return action(session, pathlib.Path(folder))

    yield "LibreOffice finds no formula in a strict CSV file, whatever separates its fields and quotes them", lambda: (
        with_files(a_strict_file_has_no_formula))
    yield "nor in a guarded one that it splits at the file's own separator", lambda: (
        with_files(a_guarded_file_has_none_for_its_separator))
    yield "but it does where it splits that one elsewhere", lambda: with_files(a_guarded_file_has_some_for_another)
