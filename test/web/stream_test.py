"""Files that are fetched by COPY in the binary format: the bytes are those of the text, the memory stays flat, and what
is cut or broken is an error."""

import io
import struct
import subprocess
import sys
import unittest

import psycopg2

from demo import between, database, exported, leads_of, one
from web.api.leads_stream import SIGNATURE, CopyReader, copy_values, fetch_csv

# Prints how many bytes were fetched, in how large pieces at most, and by how much the process has grown.
FETCH_ALONE = """
import resource, psycopg2
from web.api.leads_stream import fetch_csv

class Sizes(list):
    def write(self, piece):
        self.append(len(piece))

connection = psycopg2.connect(dbname="crm_web")
fetch_csv(connection, Sizes(), 7, "new")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sizes = Sizes()
fetch_csv(connection, sizes, 7, "large")
print(sum(sizes), max(sizes), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
END = struct.pack("!h", -1)


def header(extension=b""):
    return SIGNATURE + struct.pack("!ii", 0, len(extension)) + extension


def row(*values):
    return struct.pack("!h", len(values)) + b"".join(struct.pack("!i", len(value)) + value for value in values)


def read(*parts):
    """What a reader has made of these parts, and whether it was whole."""
    file = io.BytesIO()
    reader = CopyReader(file)
    for part in parts:
        reader.write(part)
    return file.getvalue(), reader.is_whole


class StreamTest(unittest.TestCase):
    def setUp(self):
        self.cursor = database()
        self.connection = psycopg2.connect(dbname="crm_web")
        self.addCleanup(self.connection.close)

    def fetched(self, *arguments, **named):
        file = io.BytesIO()
        fetch_csv(self.connection, file, *arguments, **named)
        return file.getvalue()

    def test_the_bytes_are_those_of_the_text(self):
        for tenant, status in ((7, "new"), (13, "new"), (7, "none"), ("7", "new")):
            with self.subTest(tenant=tenant, status=status):
                self.assertEqual(self.fetched(tenant, status), exported(self.cursor, tenant, status))

    def test_a_file_of_many_pieces_is_the_text_whatever_its_characters_are(self):
        notes = ("SELECT repeat(letter, 1000 + n) FROM generate_series(1, 400) AS n,"
                 " unnest(ARRAY['a', 'ש', '€', '😀', E'\\n', '\"', '\\\\']) AS letter")
        with leads_of(self.cursor, "large", notes):
            file = self.fetched(7, "large")
            self.assertGreater(len(file), 10 << 18)
            self.assertEqual(file, exported(self.cursor, 7, "large"))

    def test_the_bytes_are_utf_8_whatever_the_client_s_encoding_is(self):
        file = exported(self.cursor, 7, "new")
        cursor = self.connection.cursor()
        for encoding in ("WIN1255", "ISO_8859_8", "UTF8", "SQL_ASCII"):
            for bom in ("on", "off"):
                with self.subTest(encoding=encoding, bom=bom):
                    cursor.execute(f"SET client_encoding = '{encoding}'; SET export_leads.csv_bom = {bom}")
                    self.assertEqual(self.fetched(7, "new"), file if bom == "on" else file[3:])

    def test_columns_and_a_range_can_be_chosen(self):
        chosen = ["phone", "created_at"], "2025-12-21", "2025-12-23"
        expected = one(self.cursor, "SELECT export_leads.export_leads_csv(7, 'new', %s, %s, %s)", *chosen).encode()
        self.assertEqual(self.fetched(7, "new", *chosen), expected)
        self.assertEqual(expected.count(b"\n"), 3)

    def test_values_with_quotes_and_percent_signs_stay_values(self):
        for status in ("a'b", "100%", "%(tenant)s", "'; DROP TABLE leads; --", "\\'"):
            with self.subTest(status), self.assertRaises(psycopg2.DataError) as raised:
                self.fetched(7, status)
            self.assertEqual(raised.exception.pgcode, "22023")
            self.connection.rollback()

    def test_an_error_comes_before_the_first_byte(self):
        file = io.BytesIO()
        with leads_of(self.cursor, "large", "SELECT repeat('a', (n - 1) << 20) FROM generate_series(1, 4) AS n"), \
                between(self.cursor, "SELECT export_leads.export_leads_add_column('own', '1 / length(lead.notes)')",
                        "SELECT export_leads.export_leads_remove_column('own')"), \
                self.assertRaises(psycopg2.errors.DivisionByZero):  # by the lead that comes last
            fetch_csv(self.connection, file, 7, "large", ["notes", "own"])
        self.assertEqual(file.getvalue(), b"")

    def test_a_file_of_100_MB_takes_no_more_memory_than_a_few_pieces(self):
        with leads_of(self.cursor, "large", "SELECT repeat('a', 1 << 20) FROM generate_series(1, 100)"):
            size, largest, growth = map(int, subprocess.run(
                [sys.executable, "-B", "-c", FETCH_ALONE], check=True, stdout=subprocess.PIPE).stdout.split())
        self.assertGreater(size, 100 << 20)
        self.assertLessEqual(largest, 256 << 10)
        self.assertLess(growth, 4 << 20)

    def test_a_connection_that_is_lost_half_way_is_an_error(self):
        test = self

        class Killer(io.BytesIO):
            def write(self, piece):
                super().write(piece)
                test.cursor.execute("SELECT pg_terminate_backend(%s)", (test.connection.get_backend_pid(),))

        with leads_of(self.cursor, "large", "SELECT repeat('a', 1 << 20) FROM generate_series(1, 20)"):
            with self.assertRaises(psycopg2.Error):
                fetch_csv(self.connection, Killer(), 7, "large")

    def test_a_file_that_cannot_be_written_is_its_own_error(self):
        with open("/dev/full", "wb", buffering=0) as full, self.assertRaises(OSError):
            fetch_csv(self.connection, full, 7, "new")
        self.connection.rollback()
        self.assertEqual(self.fetched(7, "new"), exported(self.cursor, 7, "new"))

    def test_values_of_bytes_are_copied_too(self):
        file = io.BytesIO()
        copy_values(self.connection, "VALUES (%s::bytea), ('')", (b"\0\xff\n\\",), file)
        self.assertEqual(file.getvalue(), b"\0\xff\n\\")

    def test_a_query_of_two_columns_or_with_null_is_an_error(self):
        for query in ("SELECT 'a', 'b'", "SELECT NULL::text", "SELECT"):
            with self.subTest(query), self.assertRaises(ValueError):
                copy_values(self.connection, query, None, io.BytesIO())
            self.connection.rollback()

    def test_the_reader_takes_what_arrives_wherever_it_is_cut(self):
        values = [b"one", b"", b"\xff\xff", bytes(30)]
        sent = header(b"ext") + b"".join(map(row, values)) + END
        for size in range(1, len(sent) + 1):
            parts = [sent[start:start + size] for start in range(0, len(sent), size)]
            self.assertEqual(read(*parts), (b"".join(values), True))
            self.assertFalse(read(*parts[:-1])[1])

    def test_what_is_no_copy_or_is_more_than_one_is_an_error(self):
        for sent in (b"status_id,status_name,lead_id", header()[:10] + b"\1" + header()[11:], header() + END + b"\0"):
            with self.subTest(sent), self.assertRaises(ValueError):
                read(sent)
