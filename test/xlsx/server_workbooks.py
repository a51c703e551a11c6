#!/usr/bin/python3
"""Workbooks that a server makes, and its CSV files, as other programs read them, and what making workbooks takes.

The server is the one that libpq's environment variables name, the user a superuser there. The last line says how many
checks passed and failed.
"""

import sys
import warnings

import cells
import checks
import csv_separators
import libreoffice
import limits
import readers

warnings.simplefilter("error")  # openpyxl warns of what it does not understand
made = checks.Checks()
for part in (cells, libreoffice, csv_separators, readers, limits):
    if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
        for name, check in part.checks():
            made.check(name, check)
sys.exit(made.close())
