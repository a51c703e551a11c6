"""Files as LibreOffice shows them: it opens them, and saves what it shows as CSV."""

import csv
import pathlib
import re
import shutil
import subprocess
import tempfile

import crm
from checks import Failure, expect
from leads import HEADER

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "a;=1+1;b", "a\t=1+1", "=HYPERLINK(\"http://example.com\")", " =1+1",
            "{=1+1}", "=1+1\nx"]
PHONES = ["+972541234567", "+972 50-123-4567", "0501234567", "03-1234567", "*6565", "+1 (415) 555-0100"]
TEXTS = ["דוד פרץ", "רחל \"כהן\"", "ג׳ורג׳ o'brien", "צה״ל, \"בע״מ\"", "שורה א'\nשורה ב'", "a\r\nb\n\nc", " רווחים ",
         "😀 שלום", "_x0041_", "<b>&amp</b>", "1e5", "TRUE", "2025-12-23", "1/2", "00012", "#N/A", "'quoted",
         "מחיר: 1,000 ₪", None]
COMMA, SEMICOLON_TOO, DOUBLE_QUOTE, UTF8 = "44", "44/59/9", "34", "76"


def csv_filter(separators, quote=DOUBLE_QUOTE, trims=False):
    """The option with which LibreOffice reads a CSV file, whose formulas it is to evaluate."""
    return f"--infilter=CSV:{separators},{quote},{UTF8},1,,0,false,true,false,{str(trims).lower()},false,0,true"


def save_as(folder, target, sources, *options):
    """The files, of the kind that the target begins with, that LibreOffice makes of the sources."""
    saved = folder / "saved"
    shutil.rmtree(saved, ignore_errors=True)
    done = subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", *options, "--convert-to", target,
         "--outdir", saved, *sources], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=True)
    files = [saved / f"{source.stem}.{target.partition(':')[0]}" for source in sources]
    if not all(file.exists() for file in files):
        raise Failure(done.stdout)
    return files


def convert(folder, source, separators=None):
    """The rows that LibreOffice shows of a workbook or, with its separators, of a CSV file."""
    options = [csv_filter(separators)] if separators else []
    target = f"csv:Text - txt - csv (StarCalc):{COMMA},34,{UTF8},1,,0,false,true,false"
    shown, = save_as(folder, target, [source], *options)
    with shown.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def shown_text(text):
    """Line breaks are line feeds, and nothing is an empty cell."""
    return "" if text is None else re.sub("\r\n?", "\n", str(text))


def fill(session):
    texts = [*FORMULAS, *PHONES, *TEXTS]
    session.insert("leads", [
        (number, 7, text, PHONES[number % len(PHONES)], texts[number - 3], texts[number - 7], "new", texts[number - 11],
         f"2025-12-23 10:11:{number:02}") for number, text in enumerate(texts)])
    session.insert("lead_statuses", [(7, "new", "חדש")])
    session.insert("call_logs", [(n, 7, n, texts[n], f"2026-01-02 03:04:{n:02}") for n in range(0, len(texts), 2)])


def a_workbook_shows_the_data(session, folder):
    source = folder / "workbook.xlsx"
    source.write_bytes(session.export())
    wanted = [HEADER, *([shown_text(cell) for cell in row] for row in session.expected_rows())]
    for shown, row in zip(convert(folder, source), wanted, strict=True):
        expect(tuple(shown), tuple(row), "a row")


def a_csv_file_shows_the_data(session, folder, separators):
    """Numbers lose their zeros and signs on the way, so that of a text that looks like one no more is asked than that
    it is no formula; a formula has got an apostrophe."""
    source = folder / f"file{len(separators)}.csv"
    source.write_bytes(bytes(session.value("SELECT body FROM export_leads_file(7, 'new', 'csv')")))
    wanted = [HEADER, *session.expected_rows()]
    for shown, row in zip(convert(folder, source, separators), wanted, strict=True):
        for got, cell in zip(shown, row, strict=True):
            text = shown_text(cell)
            if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text):
                text = text.replace(" ", "T")
            if not is_number(text) and got != text and got != "'" + text:
                raise Failure(f"shown as {got!a}: {text!a}")


def is_number(text):
    return re.fullmatch(r"[+-]?\d+|\d+[e/-][\d-]+", text)


def libreoffice_evaluates(folder):
    """Were the files not guarded, formulas would be seen: LibreOffice evaluates what it is given as one."""
    source = folder / "unguarded.csv"
    source.write_text("=1+1,\"a;=1+1\"\r\n", encoding="utf-8")
    expect(convert(folder, source, COMMA), [["2", "a;=1+1"]], "what is shown of a formula")


def checks():
    def with_files(action, *arguments):
        with crm.database() as session, tempfile.TemporaryDirectory() as folder:
            fill(session)
            action(session, pathlib.Path(folder), *arguments)

    yield "LibreOffice shows a workbook's data, no formula evaluated", lambda: with_files(a_workbook_shows_the_data)
    yield "LibreOffice shows a CSV file's data, no formula evaluated", lambda: with_files(
        a_csv_file_shows_the_data, COMMA)
    yield "nor where it splits fields at semicolons and tabs, too", lambda: with_files(
        a_csv_file_shows_the_data, SEMICOLON_TOO)
    yield "LibreOffice does evaluate a formula that nothing guards", lambda: with_files(
        lambda _, folder: libreoffice_evaluates(folder))
