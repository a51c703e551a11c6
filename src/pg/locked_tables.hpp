// The three tables and their partitions and children, held still for the length of an export.
#pragma once

#include "pg/configuration.hpp"

namespace export_leads {

struct LockedTables {
  Relation relations[kTableCount];  ///< nullptr where a table is gone
  List* trees[kTableCount];  ///< OIDs: each table, its partitions and its children, as locked

  Relation operator[](Table which) const { return relations[static_cast<int>(which)]; }
};
static_assert(std::is_trivially_destructible_v<LockedTables>);

/// Opens the three tables and locks them and their partitions and children (AccessShare) to the end
/// of the transaction: from here on nobody can change their policies, their row security or their
/// columns, nor rewrite them, nor take a partition or a child away. One may still be added: see
/// reads_unlocked(). Raises 55006 where this session is in the middle of rewriting one of them
/// (ALTER TABLE): its catalog is then ahead of its heap, and reading it crashes PostgreSQL.
LockedTables lock_tables(const Configuration& configuration);

/// Raises 40001 where a table, or the set of its partitions and children, was changed after
/// `snapshot` was taken, which a transaction keeps from REPEATABLE READ on. What a rewrite leaves
/// looks empty to older snapshots (PostgreSQL's documentation, "Caveats" of concurrency control),
/// and rows that were moved between a table and one that joined or left it are missing or there
/// twice.
void check_unchanged_since(Snapshot snapshot, const LockedTables& tables);

/// Whether a plan reads a partition or a child that joined one of the tables after they were
/// locked: whose rows the snapshot may see there and, as they were moved, in their former place,
/// too.
bool reads_unlocked(const LockedTables& tables, const PlannedStmt* plan);

/// Closes the tables; the locks stay.
void close_tables(const LockedTables& tables);

}  // namespace export_leads
