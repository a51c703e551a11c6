"""What the file of an export is made of, whoever works it out: the standard columns, and the bytes of CSV."""

import csv
import io

HEADER = ("status_id", "status_name", "lead_id", "full_name", "phone", "email", "created_at", "last_call_at",
          "last_call_status", "source", "notes")


def csv_file(rows, header=HEADER):
    """csv.writer's text of rows that hold nothing to guard."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows(rows)
    return "\ufeff" + file.getvalue()


def isoformat(moment):
    return None if moment is None else moment.isoformat()
