"""The kinds of exporting sessions, each exporting in a way of its own."""

import crm
from exporter import ALLOWED_ERRORS, EXPORT, STATE, Exporter

EXPORT_BOTH = "SELECT public.export_leads_csv(7::bigint, %(status)s), public.export_leads_csv('13', %(status)s)"
EXPORT_AROUND = "SELECT public.export_leads_csv(%s::bigint, %s, '{lead_id,around}')"
ODD_SETTINGS = "SET row_security = off; SET search_path = storm, public; SET DateStyle = 'German, DMY'; " \
               "SET TimeZone = 'Asia/Jerusalem'; SET bytea_output = 'escape'; SET default_transaction_read_only = on"
PARALLEL_SETTINGS = "SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; " \
                    "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 2"


class OddSettings(Exporter):
    """In a session whose settings are unlike those of an export."""
    kind = "odd settings"
    settings = ODD_SETTINGS


class Parallel(Exporter):
    """With parallel plans, with and without the leader taking part."""
    kind = "parallel"
    settings = PARALLEL_SETTINGS

    def round(self):
        self.insist(f"SET parallel_leader_participation = {self.random.choice(('on', 'off'))}")
        super().round()


class BothTenants(Exporter):
    """Two tenants in one statement."""
    kind = "both tenants"

    def random_request(self):
        return self.random.choice(crm.STATUSES)

    def export(self, request):
        files = self.fetch(EXPORT_BOTH, {"status": request})
        for tenant, file in zip((7, 13), files):
            self.tally.compare(self.name, (tenant, request), file)


class TimedOut(Exporter):
    """With a statement_timeout that may strike at any moment of an export."""
    kind = "timed out"

    def round(self):
        before = self.insist(STATE)
        if self.attempt(self.fetch, f"SET statement_timeout = {self.random.randint(1, 30)}"):
            self.attempt(self.export, self.random_request())
        self.insist("SET statement_timeout = 0")
        self.tally.compare_states(self.name, before, self.insist(STATE))


class Savepoints(Exporter):
    """In transactions of several exports, each behind a savepoint."""
    kind = "savepoints"
    begins = ("BEGIN",)

    def round(self):
        if not self.begin():
            self.insist("ROLLBACK")
            return
        before = self.insist(STATE)
        for _ in range(self.random.randint(1, 4)):
            self.attempt(self.export, self.random_request())
            self.tally.compare_states(self.name, before, self.insist(STATE))
        self.end_transaction()

    def begin(self):
        self.insist(self.random.choice(self.begins))
        if not self.attempt(self.fetch, "SAVEPOINT storm"):
            return False
        self.savepoint = "storm"
        return True

    def end_transaction(self):
        # What is cancelled is aborted: then only ROLLBACK TO, which recover() does, makes another COMMIT possible.
        self.insist(self.random.choice(("COMMIT", "ROLLBACK")))
        self.savepoint = None


class OldSnapshot(Savepoints):
    """In transactions that see the database as it was at their beginning, which is a while ago."""
    kind = "old snapshot"
    begins = ("BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE")

    def begin(self):
        if not super().begin():
            return False
        self.insist("SELECT 1 FROM pg_class LIMIT 1")
        self.storm.over.wait(self.random.choice((0, 0.05, 0.2)) * self.random.random())
        return True

    def export(self, request):
        super().export(request)
        self.storm.over.wait(self.random.random() * 0.02)


class CaughtInPlpgsql(Exporter):
    """In a PL/pgSQL block that catches the error."""
    kind = "PL/pgSQL"

    def export(self, request):
        file, code, words, residue = self.fetch("SELECT * FROM storm.caught(%s, %s)", request)
        if residue is not None:
            self.tally.add("residues", f"{self.name}: {residue}")
        if code is None:
            self.tally.compare(self.name, request, file)
        else:
            self.note_error(code, words)


class Pooled(Exporter):
    """One connection for several clients, one after the other."""
    kind = "pooled"

    def round(self):
        identity = self.random.choice(("", *(f"SET {what} {role}" for what in ("SESSION AUTHORIZATION", "ROLE")
                                             for role in crm.ROLES)))
        settings = self.random.choice(("", ODD_SETTINGS, PARALLEL_SETTINGS))
        for statement in filter(None, (settings, identity)):
            self.insist(statement)
        super().round()
        self.insist("DISCARD ALL")


class Prepared(Exporter):
    """With a prepared statement whose plan is generic and stays."""
    kind = "prepared"
    settings = "SET plan_cache_mode = force_generic_plan; " \
               "PREPARE export (bigint, text) AS SELECT public.export_leads_csv($1, $2)"

    def export(self, request):
        self.tally.compare(self.name, request, self.fetch("EXECUTE export (%s, %s)", request)[0])


class Streamed(Exporter):
    """In pieces, put together again."""
    kind = "streamed"

    def export(self, request):
        pieces = "public.export_leads_csv_stream(%s::bigint, %s) WITH ORDINALITY AS p (piece, number)"
        query = f"SELECT string_agg(piece, '' ORDER BY number) FROM {pieces}"
        self.tally.compare(self.name, request, self.fetch(query, request)[0])


class Around(Exporter):
    """With a column of the site's own whose function reads the leads itself."""
    kind = "column that reads"
    requests = crm.AROUND_REQUESTS

    def export(self, request):
        self.tally.compare(self.name, request, self.fetch(EXPORT_AROUND, request[:2])[0])


class WithoutGrant(Exporter):
    """As somebody who may export as long as grants are not required; notes when a file was there."""
    kind = "without a grant"
    allowed_errors = ALLOWED_ERRORS | {"42501": "the caller had no grant"}

    def export(self, request):
        # The statement still holds its locks on the tables when it looks at the clock.
        file, moment = self.fetch(f"{EXPORT}, clock_timestamp()", request)
        self.tally.compare(self.name, request, file)
        self.tally.note_moment(self.name, moment)


class OldSnapshotWithoutGrant(WithoutGrant, OldSnapshot):
    """The same in transactions that began before grants were required."""
    kind = "old snapshot without a grant"
