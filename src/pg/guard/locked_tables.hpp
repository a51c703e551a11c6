// The three tables with their partitions and children, protected from changes during an export.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

struct LockedTables {
  Relation relations[kTableCount];  ///< nullptr where a table is gone or not configured
  List* trees[kTableCount];         ///< sorted OIDs: each table with its partitions and children

  Relation operator[](Table which) const { return relations[static_cast<int>(which)]; }
};
static_assert(std::is_trivially_destructible_v<LockedTables>);

/// Opens the three tables and locks them, their partitions and their children (AccessShareLock)
/// until the end of the transaction. From then on nobody can change their policies, row security or
/// columns, rewrite them, or detach a partition or child. One can still be added: see
/// reads_unlocked(). Raises 55006 where this session is in the middle of an ALTER TABLE that
/// rewrites one of them: the catalog then describes the new heap while the old one is still in
/// place, and reading it would crash PostgreSQL.
LockedTables lock_tables(const Oid (&configured)[kTableCount]);

/// Reduces the trees to what `snapshot` sees. Returns false where it sees a table that was not
/// locked: rows that moved between that table and the others would be missing or appear twice.
bool keep_seen(Snapshot snapshot, LockedTables& tables);

/// Raises 40001 where a table, partition or child was changed after `snapshot` was taken. Needed
/// from REPEATABLE READ on, where the transaction keeps its first snapshot: after a rewrite, a
/// table looks empty to older snapshots (PostgreSQL's documentation, "Caveats" of concurrency
/// control).
void check_unchanged_since(Snapshot snapshot, const LockedTables& tables);

/// Whether a plan reads a partition or child of one of the tables that is not in their trees.
/// Returns false where `plan` is nullptr.
bool reads_unlocked(const LockedTables& tables, const PlannedStmt* plan);

/// Closes the tables and keeps the locks.
void close_tables(const LockedTables& tables);

}  // namespace export_leads
