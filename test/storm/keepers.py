"""The kinds of sessions that keep exports: they save, fetch, forget and purge, and run schedules."""

import psycopg2

import crm
from exporter import STATE, Exporter, SessionLost
from exporters import OldSnapshot, Savepoints

SAVE = "SELECT export_id FROM public.export_leads_save(%s::bigint, %s)"
SAVED = "SELECT body FROM public.export_leads_saved(%s::bigint, %s::uuid)"
PIECES = "SELECT string_agg(p.piece, '' ORDER BY p.number) " \
         "FROM public.export_leads_saved_pieces(%s::bigint, %s::uuid, %s, %s) WITH ORDINALITY AS p (piece, number)"
FORGET = "SELECT public.export_leads_forget(%s::bigint, %s::uuid)"
HISTORY = "SELECT array_agg(export_id::text), array_agg(status) " \
          "FROM public.export_leads_history(%s::bigint, max_rows => 100000)"
LATEST_RUN = "SELECT export_id, status FROM public.export_leads_history(%s::bigint) " \
             "WHERE schedule_id IS NOT NULL AND state = 'done' LIMIT 1"
# An old file, as far as retention can tell.
AGE = "UPDATE public.export_leads_exports SET finished_at = finished_at - interval '31 days' " \
      "WHERE export_id = %s::uuid AND state = 'done' RETURNING export_id"
PURGE = "SELECT count(*) FROM public.export_leads_purge()"
NOT_THERE = "P0002"


class Keeper(Exporter):
    """Saves, fetches, forgets, and looks at the history."""

    kind = "keeper"
    snapshot_lasts = False  # whether two statements see the same

    def round(self):
        before = self.insist(STATE)
        self.attempt(self.deed())
        self.tally.compare_states(self.name, before, self.insist(STATE))

    def deed(self):
        return self.random.choices(
            (self.save, self.fetch_whole, self.fetch_halves, self.forget, self.look, self.trespass),
            (30, 20, 20, 20, 5, 5))[0]

    @property
    def ledger(self):
        return self.storm.ledger

    def save(self):
        request = self.random_request()
        try:
            export_id = self.fetch(SAVE, request)[0]
        except SessionLost:
            if self.savepoint is None:
                self.ledger.doubt()
            raise
        self.note_saved(export_id, request)

    def note_saved(self, export_id, request):
        self.ledger.add(export_id, request)

    def fetch_whole(self):
        self.with_some_file(self.whole)

    def whole(self, tenant, export_id):
        if self.random.random() < 0.5:
            return self.fetch(SAVED, (tenant, export_id))[0]
        return self.fetch(PIECES, (tenant, export_id, 0, None))[0]

    def fetch_halves(self):
        """As an application does that answers ranges: between the two the file may go."""
        self.with_some_file(self.halves)

    def halves(self, tenant, export_id):
        middle = self.random.randrange(1, 100)
        first = self.fetch(PIECES, (tenant, export_id, 0, middle))[0]
        try:
            return bytes(first or b"") + bytes(self.fetch(PIECES, (tenant, export_id, middle, None))[0] or b"")
        except psycopg2.Error as error:
            if error.pgcode == NOT_THERE and self.snapshot_lasts:
                self.tally.add("lost", f"{self.name}: {export_id} went away within a snapshot")
            raise

    def with_some_file(self, read):
        entry = self.ledger.some(self.random)
        if entry is None:
            return
        export_id, request = entry
        was_gone = self.ledger.must_be_gone(export_id) and not self.snapshot_lasts
        try:
            body = read(request[0], export_id)
        except psycopg2.Error as error:
            if error.pgcode != NOT_THERE:
                raise
            self.note_absence(export_id, error)
            return
        if was_gone:
            self.tally.add("undead", f"{self.name}: {export_id} was fetched")
        self.tally.compare(self.name, request, bytes(body).decode())

    def note_absence(self, export_id, error):
        self.recover()
        self.tally.note_words(self.name, str(error))
        if self.ledger.must_be_there(export_id) and not self.snapshot_lasts:
            self.tally.add("lost", f"{self.name}: {export_id}: {error}")

    def forget(self):
        entry = self.ledger.some(self.random)
        if entry is None:
            return
        export_id, request = entry
        self.ledger.leave(export_id)
        try:
            self.fetch(FORGET, (request[0], export_id))
        except psycopg2.Error as error:
            if error.pgcode != NOT_THERE:
                raise
            self.recover()
            return
        self.note_forgotten(export_id)

    def note_forgotten(self, export_id):
        self.ledger.go(export_id)
        self.tally.note_disturbance("export_leads_forget")

    def look(self):
        """The history has the tenant's exports, and nobody else's."""
        tenant = self.random.choice(crm.TENANTS)
        those = {export_id for export_id, request in self.ledger.lasting().items() if request[0] == tenant}
        listed = dict(zip(*(column or () for column in self.fetch(HISTORY, (tenant,)))))
        if not self.snapshot_lasts:
            for export_id in those - listed.keys():
                if self.ledger.must_be_there(export_id):
                    self.tally.add("lost", f"{self.name}: {export_id} is not in the history")
        with self.ledger.lock:
            wrong = [export_id for export_id, status in listed.items()
                     if self.ledger.requests.get(export_id, (tenant, status)) != (tenant, status)]
        for export_id in wrong:
            self.tally.add("leaks", f"{self.name}: {export_id} is in the history of {tenant}")

    def trespass(self):
        """Another tenant's file is not there."""
        entry = self.ledger.some(self.random, lasting=True)
        if entry is None:
            return
        export_id, request = entry
        statement = self.random.choice((SAVED, FORGET))
        try:
            self.fetch(statement, (20 - request[0], export_id))
        except psycopg2.Error as error:
            if error.pgcode != NOT_THERE:
                raise
            self.recover()
            return
        self.tally.add("leaks", f"{self.name}: {statement} of the other tenant's {export_id}")


class Transactions(Keeper, Savepoints):
    """The same in transactions of several deeds, of which nobody hears before they end."""

    kind = "keeper in transactions"
    begins = ("BEGIN",)

    def connect(self):
        self.saved, self.forgotten = {}, set()
        super().connect()

    def round(self):
        if not self.begin():
            self.insist("ROLLBACK")
            return
        before = self.insist(STATE)
        for _ in range(self.random.randint(1, 4)):
            self.attempt(self.deed())
            self.tally.compare_states(self.name, before, self.insist(STATE))
        self.end_transaction()

    def note_saved(self, export_id, request):
        self.saved[export_id] = request
        body = self.whole(request[0], export_id)
        self.tally.compare(self.name, request, bytes(body).decode())

    def note_forgotten(self, export_id):
        self.forgotten.add(export_id)

    def recover(self):
        """What has happened since the savepoint has not happened."""
        super().recover()
        self.saved, self.forgotten = {}, set()

    def end_transaction(self):
        end = self.random.choice(("COMMIT", "ROLLBACK"))
        try:
            self.insist(end)
        except SessionLost:
            self.ledger.doubt(len(self.saved))
            raise
        self.savepoint = None
        if end == "COMMIT":
            for export_id, request in self.saved.items():
                self.ledger.add(export_id, request)
            for export_id in self.forgotten:
                self.ledger.go(export_id)
                self.tally.note_disturbance("export_leads_forget")
        self.saved, self.forgotten = {}, set()


class OldTransactions(Transactions, OldSnapshot):
    """The same in transactions that see the database as it was at their beginning."""

    kind = "keeper with an old snapshot"
    begins = OldSnapshot.begins
    snapshot_lasts = True


class Purger(Keeper):
    """Lets retention remove files, and fetches others."""

    kind = "purger"

    def deed(self):
        return self.random.choice((self.purge, self.fetch_whole))

    def purge(self):
        entry = self.ledger.some(self.random)
        if entry is None:
            return
        self.ledger.leave(entry[0])
        was_there = self.fetch(AGE, (entry[0],))
        self.fetch(PURGE)
        if was_there:
            self.tally.note_disturbance("export_leads_purge")


class Timer(Keeper):
    """Runs the schedules, which are due all the time, and fetches what the last run has kept."""

    kind = "timer"

    def deed(self):
        return self.run_due

    def run_due(self):
        self.fetch("SELECT storm.make_due()")
        self.fetch("CALL public.export_leads_run_due(%s)", (self.random.randint(1, 3),))
        self.tally.note_disturbance("export_leads_run_due")
        tenant = self.random.choice(crm.TENANTS)
        latest = self.fetch(LATEST_RUN, (tenant,))
        if latest is not None:
            body = self.whole(tenant, latest[0])
            self.tally.compare(self.name, (tenant, latest[1]), bytes(body).decode())
