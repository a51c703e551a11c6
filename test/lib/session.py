"""A session with a server, which tests that strike one or ask it for files make their own of."""

import psycopg2


class ServerSession:
    """A connection that sends its statements as they are, without transactions around them."""

    def __init__(self, **where):
        self.connection = psycopg2.connect(**where)
        self.connection.autocommit = True
        self.connection.set_client_encoding("UTF8")
        self.pid = self.connection.get_backend_pid()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.connection.close()

    def sqlstate(self, action, *arguments):
        """The SQLSTATE that it fails with; 00000 where it does not."""
        try:
            action(*arguments)
            return "00000"
        except psycopg2.Error as error:
            return error.pgcode
