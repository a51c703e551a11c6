"""Prints the rows of a workbook as JSON, as openpyxl reads them:  workbook.py FILE"""

import datetime
import json
import sys

import openpyxl


def value_of(cell):
    return cell.value.isoformat(timespec="milliseconds") if isinstance(cell.value, datetime.datetime) else cell.value


with open(sys.argv[1], "rb") as file:
    sheet = openpyxl.load_workbook(file).active
json.dump([[value_of(cell) for cell in row] for row in sheet.iter_rows()], sys.stdout)
