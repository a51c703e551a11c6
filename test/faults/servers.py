"""Servers of the suite's own, which may be killed, starved and copied. None outlives the suite, however that ends."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile

import psycopg2

import crm
from checks import Failure, Skip

SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
fsync = off
shared_buffers = 16MB
max_connections = 20
timezone = 'UTC'
log_timezone = 'UTC'
"""

# Mounts a small file system on $1, in name spaces of its own, and goes on as the user $2 it was: PostgreSQL runs as
# anybody but root.
SMALL_FILE_SYSTEM = """
folder=$1 user=$2 group=$3; shift 3
mount -t tmpfs -o size=1m,mode=0700 none "$folder"
exec unshare --user --map-user="$user" --map-group="$group" -- "$@"
"""


class Servers:
    """Copies of one cluster with the CRM in it, in a folder that goes away with them."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for server in list(self.running):
            server.stop(signal.SIGQUIT)

    def template(self):
        template = Server(self, "template")
        if not template.data.exists():
            run("initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
                "-D", template.data)
            with (template.data / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(SETTINGS)
            template.start()
            crm.load(**template.environment())
            template.stop()
        return template

    def copy(self, name):
        """A server with the CRM, not started yet."""
        server = Server(self, name)
        run("cp", "-a", self.template().data, server.data)
        return server


class Server:
    """A server whose processes end with this one."""

    def __init__(self, servers, name):
        self.servers = servers
        self.folder = servers.folder / name
        self.folder.mkdir(exist_ok=True)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.process = None

    def where(self):
        return {"host": str(self.folder), "port": 5432, "user": "postgres", "dbname": "postgres"}

    def environment(self):
        return {"PGHOST": str(self.folder), "PGPORT": "5432", "PGUSER": "postgres", "PGDATABASE": "postgres"}

    def session(self):
        return crm.Session(**self.where())

    def start(self, address_space=None, small=None):
        """Starts it and waits until it takes sessions. Its processes get so many bytes of memory each, and `small` is a
        folder to mount a small file system on."""
        command = ["setpriv", "--pdeathsig", "INT", "postgres", "-D", self.data, "-k", self.folder, "-p", "5432"]
        if small is not None:
            command = [*with_small_file_system(small), *command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=lambda: limit(address_space))
        self.servers.running.append(self)
        crm.wait_until(self.takes_sessions, f"the server {self.folder.name} runs")

    def takes_sessions(self):
        if self.process.poll() is not None:
            last_words = self.log.read_text(encoding="utf-8")[-1000:]
            raise Failure(f"the server {self.folder.name} has ended:\n{last_words}")
        with contextlib.suppress(psycopg2.OperationalError), self.session():
            return True
        return False

    def stop(self, how=signal.SIGINT):
        """Fast by SIGINT, immediately by SIGQUIT."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(crm.PATIENCE)
        self.servers.running.remove(self)

    def remove(self):
        if self.process is not None and self in self.servers.running:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)


def limit(address_space):
    if address_space is not None:
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))


def run(*command):
    """A program whose output matters only where it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed:\n{done.stdout}")


def with_small_file_system(folder):
    """What to put before a command for it to find the folder on one."""
    return ["unshare", "--user", "--map-root-user", "--mount", "--", "bash", "-ec", SMALL_FILE_SYSTEM, "bash",
            folder, str(os.getuid()), str(os.getgid())]


def small_file_systems_work():
    """Whether this user may mount one in name spaces of its own."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Failure, FileNotFoundError):
        run(*with_small_file_system(folder), "true")
        return True
    return False


@contextlib.contextmanager
def server_with_small_disk(own_servers, name):
    """A session with a server that has a tablespace `small` on a file system of 1 MB."""
    if not small_file_systems_work():
        raise Skip("this user may not mount a file system, not even in name spaces of its own")
    server = own_servers.copy(name)
    small = server.folder / "small"
    small.mkdir()
    server.start(small=small)
    with server.session() as session:
        session.run(f"CREATE TABLESPACE small LOCATION '{small}'")
        yield session
    server.remove()


@contextlib.contextmanager
def all_servers():
    """Where they live: a short path, as that of a Unix socket may have 107 bytes."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="faults."))
    try:
        with Servers(folder) as servers:
            yield servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)
