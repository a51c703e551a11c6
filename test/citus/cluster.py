"""A coordinator and workers with Citus, each a server of its own on loopback, and beside them a plain database."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile

from session import ServerSession

BIN = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], check=True, capture_output=True,
                     text=True).stdout.strip()
SITE = pathlib.Path(__file__).with_name("site.sql")
DOCUMENT = pathlib.Path("doc/citus.md")
CONF = """
shared_preload_libraries = 'citus'
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
fsync = off
wal_level = logical
max_prepared_transactions = 100
max_worker_processes = 32
timezone = 'UTC'
citus.node_conninfo = 'sslmode=disable'
citus.enable_statistics_collection = off
"""


def is_installed():
    shared = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--sharedir"], check=True, capture_output=True,
                            text=True).stdout.strip()
    return pathlib.Path(shared, "extension", "citus.control").exists()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """A server, which is gone at the end."""

    def __init__(self, folder, name):
        self.data = f"{folder}/{name}"
        self.log = f"{folder}/{name}.log"
        self.port = free_port()
        subprocess.run([f"{BIN}/initdb", "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
                        self.data], check=True, stdout=subprocess.DEVNULL)
        with open(f"{self.data}/postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(CONF.format(port=self.port))
        self.start()
        with self.session("postgres") as server:
            server.rows("CREATE DATABASE crm")
        with self.session() as database:
            database.rows("CREATE EXTENSION citus")

    def start(self):
        subprocess.run([f"{BIN}/pg_ctl", "start", "--silent", "--wait", "--pgdata", self.data, "--log", self.log],
                       check=True)

    def crash(self):
        """As if the machine were switched off: no process sees another one end."""
        pid = int(pathlib.Path(self.data, "postmaster.pid").read_text(encoding="utf-8").split()[0])
        os.kill(pid, signal.SIGSTOP)
        group = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], check=False, capture_output=True, text=True)
        for process in [*map(int, group.stdout.split()), pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        pathlib.Path(self.data, "postmaster.pid").unlink()

    def stop(self):
        subprocess.run([f"{BIN}/pg_ctl", "stop", "--silent", "--mode", "immediate", "--pgdata", self.data], check=False,
                       stderr=subprocess.DEVNULL)

    def session(self, database="crm", user="postgres"):
        return ServerSession(host="127.0.0.1", port=self.port, dbname=database, user=user)


class Cluster:
    """`nodes` are the coordinator and two workers; the database `plain` on the first has the same rows in one place."""

    def __init__(self, folder):
        self.folder = folder
        self.nodes = []
        for name in ("coordinator", "worker_1", "worker_2"):
            self.add_node(name)
        self.coordinator, *self.workers = self.nodes

    def add_node(self, name):
        node = Node(self.folder, name)
        self.nodes.append(node)
        with self.nodes[0].session() as coordinator:
            if node is self.nodes[0]:
                coordinator.rows("SELECT citus_set_coordinator_host('127.0.0.1', %s)", (node.port,))
            else:
                coordinator.rows("SELECT citus_add_node('127.0.0.1', %s)", (node.port,))
        return node

    def make_site(self):
        """The tables with their rows: distributed in `crm`, as they are in `plain`, both set up for exports, the former
        by what the document says."""
        with self.coordinator.session("postgres") as server:
            server.rows("CREATE DATABASE plain")
            for node in self.nodes:
                with node.session("postgres") as each:
                    each.rows("ALTER DATABASE crm SET search_path = public, export_leads")
            server.rows("ALTER DATABASE plain SET search_path = public, export_leads")
        with self.coordinator.session() as session:
            session.rows("CREATE ROLE crm_app LOGIN; SET client_min_messages = warning")
            session.rows(SITE.read_text(encoding="utf-8"))
            distributing, asking = re.findall("^```psql\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)
            for statement in filter(None, (distributing + asking).split(";\n")):
                session.rows(statement)
        with self.coordinator.session("plain") as session:
            session.rows(SITE.read_text(encoding="utf-8"))
            session.rows("CREATE SCHEMA export_leads; CREATE EXTENSION export_leads SCHEMA export_leads")
            session.rows("SELECT FROM export_leads_setup()")

    def owner_of(self, tenant):
        """The node that has the tenant's rows."""
        with self.coordinator.session() as session:
            port = session.value("""SELECT nodeport FROM pg_dist_shard_placement
                                    WHERE shardid = get_shard_id_for_distribution_column('leads', %s)""", (tenant,))
        return next(node for node in self.nodes if node.port == port)

    def move(self, tenant, target, mode="block_writes"):
        """Moves the shards with a tenant's rows to another node."""
        with self.coordinator.session() as session:
            session.rows("""SELECT citus_move_shard_placement(get_shard_id_for_distribution_column('leads', %s),
                                       '127.0.0.1', %s, '127.0.0.1', %s, shard_transfer_mode => %s)""",
                         (tenant, self.owner_of(tenant).port, target.port, mode))


@contextlib.contextmanager
def running_cluster():
    with tempfile.TemporaryDirectory(prefix="citus") as folder:
        cluster = None
        try:
            cluster = Cluster(folder)
            cluster.make_site()
            yield cluster
        finally:
            if cluster is not None:
                for node in cluster.nodes:
                    node.stop()
