"""Fetches a CSV file of any size, the fastest way there is: by COPY in PostgreSQL's binary format, which sends bytes as
they are. Needs psycopg2 and nothing else; the reader by itself suits any driver that hands on what COPY sends.

The format, from PostgreSQL's documentation of COPY; all numbers are in network byte order, and signed:

    11 bytes   the signature
    4 bytes    flags; those that a reader has to know are not sent by any PostgreSQL since 12
    4 bytes    how many bytes of an extension follow, which is none so far
    then for each row
      2 bytes  the number of its values, or -1 at the end of all rows
      then for each value
        4 bytes  its length in bytes, or -1 for NULL
        the value's bytes: those of text and bytea are the value itself
"""

from io import BytesIO
from struct import unpack

SIGNATURE = b"PGCOPY\n\xff\r\n\0"
CSV = """SELECT {piece} FROM {schema}.export_leads_csv_stream(
    %(tenant)s, %(status)s, %(columns)s, created_from => %(created_from)s, created_to => %(created_to)s) AS piece"""


def fetch_csv(connection, file, tenant, status, columns=None, created_from=None, created_to=None,
              schema="export_leads"):
    """Writes the CSV file of these leads into a binary file as its pieces arrive, none of which is larger than 256 KiB.

    The database raises its errors before the first byte. After a later one, such as of a connection that was lost, what
    has been written is a part of the file: whatever is raised, throw it away. The schema is the extension's, as SQL
    writes it.
    """
    values = {"tenant": tenant, "status": status, "columns": columns, "created_from": created_from,
              "created_to": created_to}
    # PostgreSQL sends texts in the client's encoding, but bytes as they are
    is_utf8 = connection.get_parameter_status("client_encoding") == "UTF8"
    piece = "piece" if is_utf8 else "pg_catalog.convert_to(piece, 'UTF8')"
    copy_values(connection, CSV.format(piece=piece, schema=schema), values, file)


def copy_values(connection, query, values, file):
    """Writes what a query of one column returns, of type text or bytea, into a binary file, row by row."""
    with connection.cursor() as cursor:
        statement = cursor.mogrify("COPY (" + query + ") TO STDOUT (FORMAT binary)", values)  # COPY has no parameters
        reader = CopyReader(file)
        cursor.copy_expert(statement, reader)
    if not reader.is_whole:
        raise EOFError("the end of what COPY sends is missing")


class CopyReader:
    """Takes what COPY sends, cut wherever it may be, and writes the values in it into a file."""

    def __init__(self, file):
        self.file = file
        self.data = memoryview(b"")  # what has arrived and was not read yet
        self.is_whole = False        # whether all has arrived, and nothing more
        self.reader = self.read()
        next(self.reader)

    def write(self, data):
        # no more than the beginning of some numbers is ever left over
        self.data = memoryview(bytes(self.data) + data if self.data else data)
        next(self.reader)

    def read(self):
        """Each `yield` waits for more to arrive."""
        signature, _, extension = yield from self.numbers("!11sii", 19)
        if signature != SIGNATURE:
            raise ValueError("this is not the binary format of COPY")
        yield from self.pass_on(extension, BytesIO())
        while True:
            count, = yield from self.numbers("!h", 2)
            if count == -1:
                break
            if count != 1:
                raise ValueError("COPY is not of one column")
            length, = yield from self.numbers("!i", 4)
            if length < 0:
                raise ValueError("a value is NULL")
            yield from self.pass_on(length, self.file)
        while not self.data:
            self.is_whole = True
            yield
        raise ValueError("more came than COPY sends")

    def numbers(self, form, size):
        while len(self.data) < size:
            yield
        found = unpack(form, self.data[:size])
        self.data = self.data[size:]
        return found

    def pass_on(self, length, file):
        while length > 0:
            if not self.data:
                yield
            part, self.data = self.data[:length], self.data[length:]
            file.write(part)
            length -= len(part)
