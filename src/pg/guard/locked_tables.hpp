// The three tables and their partitions and children, held still for the length of an export.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

struct LockedTables {
  Relation relations[kTableCount];  ///< nullptr where a table is gone, or there is none
  List* trees[kTableCount];         ///< OIDs, sorted: each table, its partitions and its children

  Relation operator[](Table which) const { return relations[static_cast<int>(which)]; }
};
static_assert(std::is_trivially_destructible_v<LockedTables>);

/// Opens the three tables and locks them and their partitions and children (AccessShare) to the end
/// of the transaction: from here on nobody can change their policies, their row security or their
/// columns, nor rewrite them, nor take a partition or a child away. One may still be added: see
/// reads_unlocked(). Raises 55006 where this session is in the middle of rewriting one of them
/// (ALTER TABLE): its catalog is then ahead of its heap, and reading it crashes PostgreSQL.
LockedTables lock_tables(const Configuration& configuration);

/// Leaves in the trees what a snapshot sees of them. Returns whether all that it sees was locked:
/// rows that were moved between a table and one that joined or left it since would be missing, or
/// there twice.
bool keep_seen(Snapshot snapshot, LockedTables& tables);

/// Raises 40001 where a table, a partition or a child was changed after `snapshot` was taken, which
/// a transaction keeps from REPEATABLE READ on: what a rewrite leaves looks empty to older
/// snapshots (PostgreSQL's documentation, "Caveats" of concurrency control).
void check_unchanged_since(Snapshot snapshot, const LockedTables& tables);

/// Whether a plan reads a partition or a child of one of the tables that is not in their trees.
/// No plan reads none.
bool reads_unlocked(const LockedTables& tables, const PlannedStmt* plan);

/// Closes the tables; the locks stay.
void close_tables(const LockedTables& tables);

}  // namespace export_leads
