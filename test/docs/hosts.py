"""The machines that examples name: NAME.example.com is a server of its own, which starts when a block first names it.

Whoever connects to it finds a superuser `postgres` and, at crm.example.com, the database `crm` of the application.
"""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

HOST = re.compile(r"(?<![\w@/.])[a-z]+\.example\.com")
SETTINGS = {"listen_addresses": "", "fsync": "off", "wal_level": "logical", "timezone": "UTC"}
PATIENCE = 30  # seconds


class Hosts(contextlib.ExitStack):
    """A folder for each; they end with this process, however that ends."""

    def __init__(self, prepare):
        super().__init__()
        self.prepare = prepare  # what to do with a new one: (name, folder)
        self.folders = {}

    def reached(self, code):
        """The code with the folder of each machine's socket in the place of its name."""
        return HOST.sub(lambda name: self.folder(name.group()), code)

    def folder(self, name):
        if name not in self.folders:
            self.folders[name] = self.enter_context(tempfile.TemporaryDirectory(prefix="host."))
            self.enter_context(server(self.folders[name]))
            self.prepare(name, self.folders[name])
        return self.folders[name]


@contextlib.contextmanager
def server(folder):
    data = f"{folder}/data"
    subprocess.run(["initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", data],
                   check=True, stdout=subprocess.DEVNULL)
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with open(f"{folder}/log", "wb") as log:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "INT", "postgres", "-D", data, "-k", folder,
                                    "-p", os.environ["PGPORT"], *settings], stdout=log, stderr=log)
    try:
        until_ready(folder, process)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(PATIENCE)


def until_ready(folder, process):
    deadline = time.monotonic() + PATIENCE
    while subprocess.run(["pg_isready", "-q", "-h", folder], check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(Path(folder, "log").read_text(encoding="utf-8"))
        time.sleep(0.05)
