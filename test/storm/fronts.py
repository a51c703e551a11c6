"""The fronts of the storm, which pass one after the other: what each rages over, who exports, and what is disturbed."""

import dataclasses

import broken_setup
import called
import kept
import trees
from exporter import Exporter
from exporters import (Around, BothTenants, CaughtInPlpgsql, OddSettings, OldSnapshot, OldSnapshotWithoutGrant,
                       Parallel, Pooled, Prepared, Savepoints, Streamed, TimedOut, WithoutGrant)
from keepers import Keeper, OldTransactions, Purger, Timer, Transactions

TREE_SESSIONS = (
    (Exporter, "storm_app"), (Parallel, "storm_app"), (BothTenants, "storm_app"), (CaughtInPlpgsql, "storm_app"),
    (Streamed, "storm_app"), (Savepoints, "storm_owner"), (OldSnapshot, None), (OldSnapshot, "storm_owner"),
    (OldSnapshot, "storm_app"), (Keeper, "storm_app"),
)


@dataclasses.dataclass(frozen=True)
class Front:
    name: str
    share: float            # of the storm's time
    files: tuple            # of the folder sql, which make its database
    disturbances: tuple
    sessions: tuple         # kinds of exporters, and who they are
    errors: frozenset       # which of the errors must have been met
    statements: tuple = ()  # which complete its database
    deeds: frozenset = frozenset()  # what sessions must have done to kept files
    calm: float = 0.04      # at most how many seconds a DBA waits between disturbances
    cancel_every: float = 0.03
    mend_every: float = 0.2

    def exporters(self, storm, seed):
        return [kind(storm, user, f"{seed}.{number}") for number, (kind, user) in enumerate(self.sessions)]


ALL = (
    Front(
        "broken set-up", 0.5,
        ("schemas.sql", "partitioned_calls.sql", "leads.sql", "sessions.sql", "history.sql", "decoys.sql"),
        tuple(broken_setup.all_disturbances()),
        (
            (Exporter, None), (Exporter, "storm_owner"), (Exporter, "storm_app"), (OddSettings, "storm_app"),
            (Parallel, "storm_app"), (Parallel, "storm_owner"), (BothTenants, "storm_app"), (TimedOut, "storm_app"),
            (Savepoints, "storm_owner"), (OldSnapshot, "storm_app"), (CaughtInPlpgsql, "storm_app"), (Pooled, None),
            (Prepared, "storm_app"), (Keeper, "storm_app"), (Transactions, "storm_owner"),
        ), frozenset({"55000", "57014"})),
    Front(
        "moved leads and statuses", 0.15,
        ("schemas.sql", "partitioned_calls.sql", "leads.sql", "sessions.sql", "history.sql", "trees.sql"),
        tuple(trees.with_partitioned_calls()), TREE_SESSIONS, frozenset({"40001", "57014"}),
        (trees.LEADS.archive(), trees.STATUSES.archive()), calm=0.08, cancel_every=0.1, mend_every=1),
    Front(
        "moved partitions", 0.15,
        ("schemas.sql", "partitioned_leads.sql", "leads.sql", "sessions.sql", "history.sql", "trees.sql"),
        tuple(trees.with_partitioned_leads()), TREE_SESSIONS, frozenset({"40001", "57014"}),
        (trees.CALLS.archive(),), calm=0.08, cancel_every=0.1, mend_every=1),
    Front(
        "what exports call", 0.2,
        ("schemas.sql", "partitioned_calls.sql", "leads.sql", "sessions.sql", "history.sql", "called.sql",
         "grants.sql"),
        tuple(called.all_disturbances()),
        (
            (Around, None), (Around, "storm_owner"), (Around, "storm_app"), (Exporter, "storm_app"),
            (Parallel, "storm_app"), (Streamed, "storm_app"), (OldSnapshot, "storm_app"),
            (Keeper, "storm_app"), (WithoutGrant, "storm_stranger"), (OldSnapshotWithoutGrant, "storm_stranger"),
        ), frozenset({"55000", "42501", "57014"}), calm=0.2, cancel_every=0.3),
    Front(
        "kept exports", 0.25,
        ("schemas.sql", "partitioned_calls.sql", "leads.sql", "sessions.sql", "history.sql", "schedules.sql"),
        tuple(kept.all_disturbances()),
        (
            (Keeper, None), (Keeper, "storm_owner"), (Keeper, "storm_app"), (Transactions, "storm_owner"),
            (Transactions, "storm_app"), (OldTransactions, "storm_app"), (Purger, None), (Timer, None),
            (Timer, "storm_owner"),
        ), frozenset({"55000", "57014"}), calm=0.2, cancel_every=0.05,
        deeds=frozenset({"export_leads_forget", "export_leads_purge", "export_leads_run_due"})),
)
