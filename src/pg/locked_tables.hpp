// The three tables, held still for the length of an export.
#pragma once

#include "pg/configuration.hpp"

namespace export_leads {

struct LockedTables {
  Relation relations[kTableCount];  ///< nullptr where a table is gone

  Relation operator[](Table which) const { return relations[static_cast<int>(which)]; }
};
static_assert(std::is_trivially_destructible_v<LockedTables>);

/// Opens the three tables and locks them and their partitions and children (AccessShare) to the end
/// of the transaction: from here on nobody can change their policies, their row security or their
/// columns, nor rewrite them.
LockedTables lock_tables(const Configuration& configuration);

/// Raises 40001 where a table or a child was changed after `snapshot` was taken, which a
/// transaction keeps from REPEATABLE READ on: what a rewrite leaves looks empty to older snapshots
/// (PostgreSQL's documentation, "Caveats" of concurrency control), and the file would be short.
void check_unchanged_since(Snapshot snapshot, const LockedTables& tables);

/// Closes the tables; the locks stay.
void close_tables(const LockedTables& tables);

}  // namespace export_leads
