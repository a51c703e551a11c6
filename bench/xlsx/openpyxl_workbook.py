"""openpyxl in its write-only mode, on the rows of a workbook that the core wrote.

openpyxl_workbook.py WORKBOOK FILE
"""
import sys
import time

import openpyxl

source = openpyxl.load_workbook(sys.argv[1], read_only=True).active
rows = [row for row in source.iter_rows(values_only=True)]
before = time.process_time()
workbook = openpyxl.Workbook(write_only=True)
sheet = workbook.create_sheet()
for row in rows:
    sheet.append(row)
workbook.save(sys.argv[2])
print(f"openpyxl: {len(rows) / (time.process_time() - before):.0f} rows a second")
