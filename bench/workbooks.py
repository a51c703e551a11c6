"""Who can make the workbook of a column, and how each is run once: ours in the server, and Python's libraries on the
rows of the hand-written query."""

import io

import openpyxl
import xlsxwriter

import contestants
import database
import report
from contestants import Contestant
from leads import HEADER
from measure import measure
from queries import Selection, leads_query

OURS = "export_leads_xlsx, in the server"
OURS_FETCHED = "export_leads_xlsx, fetched"
OPENPYXL = "psycopg2 rows and openpyxl, write-only"
XLSXWRITER = "psycopg2 rows and XlsxWriter, constant memory"
GOAL = 200_000  # leads a second, the query included


def ours(connection):
    return lambda leads: database.fetch(
        connection, f"SELECT octet_length(export_leads_xlsx({contestants.ARGUMENTS}))", vars(leads))


def ours_fetched(connection):
    return lambda leads: bytes(database.fetch(
        connection, f"SELECT export_leads_xlsx({contestants.ARGUMENTS})", vars(leads)))


def lead_rows(connection, leads):
    with connection.cursor() as cursor:
        cursor.execute(leads_query(leads, "LATERAL", False))
        yield from cursor


def by_openpyxl(connection):
    def run(leads):
        workbook = openpyxl.Workbook(write_only=True)
        sheet = workbook.create_sheet()
        sheet.append(HEADER)
        for row in lead_rows(connection, leads):
            sheet.append(row)
        file = io.BytesIO()
        workbook.save(file)
        return file.getvalue()
    return run


def by_xlsxwriter(connection):
    def run(leads):
        file = io.BytesIO()
        options = {"constant_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
        with xlsxwriter.Workbook(file, options) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, HEADER)
            for number, row in enumerate(lead_rows(connection, leads), 1):
                sheet.write_row(number, 0, row)
        return file.getvalue()
    return run


def leads_a_second(leads, times):
    return f"{leads / times.median():,.0f}"


def report_workbooks(bench):
    """Libraries are timed once: they take seconds. Beside them, what the query and a CSV file take."""
    connection = bench.connection
    fast = [Contestant(OURS, ours(connection)), Contestant(OURS_FETCHED, ours_fetched(connection)),
            Contestant(contestants.OURS, bench.contestants.ours),
            Contestant(contestants.FLOOR, bench.contestants.floor)]
    libraries = [Contestant(OPENPYXL, by_openpyxl(connection)), Contestant(XLSXWRITER, by_xlsxwriter(connection))]
    results = []
    for status in ("in_progress", "new"):
        selection = Selection(database.TENANT, status)
        leads, times = bench.times(fast, selection)
        results.append((leads, times | measure(libraries, selection, leads, 1)))
    sizes = [f"{leads:,} leads" for leads, _ in results]
    report.heading("Workbooks, leads a second")
    report.table(["", *sizes], [[label, *(leads_a_second(leads, times[label]) for leads, times in results)]
                                for label in results[0][1]])
    report.table(["", *sizes], [
        ["workbook / the time at 200,000 leads a second", *(
            report.held_against(times[OURS].median() * GOAL / leads, 1) for leads, times in results)],
        ["workbook / CSV, both in the server", *(
            report.ratio(times[OURS], times[contestants.OURS]) for _, times in results)],
        ["workbook / openpyxl", *(report.ratio(times[OURS_FETCHED], times[OPENPYXL]) for _, times in results)],
        ["workbook / XlsxWriter", *(report.ratio(times[OURS_FETCHED], times[XLSXWRITER]) for _, times in results)]])
