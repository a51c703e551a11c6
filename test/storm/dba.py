"""Who disturbs the exports: DBAs, one who mends what they leave, and one who cancels."""

import dataclasses
import random
import threading

import psycopg2

import crm


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """Statements to run one after the other, each in a transaction of its own; {leads} etc. stand for the tables."""
    name: str
    statements: tuple
    bursts: int = 1        # at most how often in a row, where a change is so cheap that it may strike several times
    renames: bool = False  # changes which tables the names mean, or relies on them
    decisive: int = 0      # the number of the statement without which it has not happened

    def needs_names(self):
        """Set-up goes by names: beside a swap it would secure the decoys, beside a renamed column do without it."""
        return self.renames or any("storm.setup" in statement for statement in self.statements)


class Dba(threading.Thread):
    """Draws one disturbance after the other, from those that have not happened yet as long as there are any."""

    def __init__(self, storm, number, seed):
        super().__init__(name=f"DBA {number}")
        self.storm = storm
        self.random = random.Random(seed)
        self.connection = None

    def run(self):
        try:
            self.connection = crm.connect(self.storm.database)
            crm.execute(self.connection, "SET lock_timeout = '500ms'; SET statement_timeout = '3s'")
            while not self.storm.is_over():
                self.rage()
        except Exception as error:
            self.storm.tally.add("broken", f"{self.name}: {error!r}")
        finally:
            if self.connection is not None:
                self.connection.close()

    def rage(self):
        disturbance = self.random.choice(self.storm.missing_disturbances() or self.storm.front.disturbances)
        if disturbance.needs_names():
            with self.storm.names:
                self.disturb(disturbance)
        else:
            self.disturb(disturbance)
        self.storm.over.wait(self.random.random() * self.storm.front.calm)

    def disturb(self, disturbance):
        bursts = self.random.randint(1, disturbance.bursts)
        is_hasty = bursts > 1
        for _ in range(bursts):
            done = [self.do(disturbance, statement, is_hasty) for statement in disturbance.statements]
            if done[disturbance.decisive]:
                self.storm.tally.note_disturbance(disturbance.name)

    def do(self, disturbance, statement, is_hasty):
        try:
            if "{" in statement:
                crm.execute(self.connection, "SELECT storm.run(%s)", (statement,))
            else:
                crm.execute(self.connection, statement)
        except psycopg2.Error as error:
            if self.connection.closed:
                raise
            self.storm.tally.note_refusal(disturbance.name, error)
            return False
        if not is_hasty:
            self.storm.over.wait(self.random.choice((0, 0.001, self.random.random() * 0.01)))
        return True


class Mender(threading.Thread):
    """Mends what disturbances have left broken by getting in each other's way."""

    def __init__(self, storm):
        super().__init__(name="mender")
        self.storm = storm

    def run(self):
        connection = crm.connect(self.storm.database)
        crm.execute(connection, "SET lock_timeout = '500ms'")
        while not self.storm.over.wait(self.storm.front.mend_every):
            try:
                with self.storm.names:
                    crm.execute(connection, "SELECT storm.mend()")
            except psycopg2.Error as error:
                self.storm.tally.note_refusal("mending", error)
        connection.close()


class Canceller(threading.Thread):
    """Cancels what the exporting sessions do, and now and then ends one."""

    def __init__(self, storm, seed):
        super().__init__(name="canceller")
        self.storm = storm
        self.random = random.Random(seed)

    def run(self):
        connection = crm.connect(self.storm.database)
        while not self.storm.over.wait(self.random.random() * self.storm.front.cancel_every):
            pid = self.random.choice([*self.storm.pids.values(), None])
            if pid is None:
                continue
            if self.random.random() < 0.02:
                self.storm.terminated.add(pid)
                crm.fetch(connection, "SELECT pg_terminate_backend(%s)", (pid,))
                self.storm.tally.note_disturbance("pg_terminate_backend")
            else:
                crm.fetch(connection, "SELECT pg_cancel_backend(%s)", (pid,))
                self.storm.tally.note_disturbance("pg_cancel_backend")
        connection.close()
