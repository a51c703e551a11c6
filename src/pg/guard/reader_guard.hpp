// Whether the role that exports read as is one that row security binds to one tenant.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/locked_tables.hpp"

namespace export_leads {

/// Reports what is wrong with the reader role: superuser, BYPASSRLS, member of a role, owner of a
/// table. Returns whether nothing is.
bool inspect_reader(const LockedTables& tables, Oid reader, FindingSink& sink);

/// Raises, after the last row, where the reader is not what it was when `snapshot` was taken: 55000
/// where inspect_reader() finds something now, 40001 where it was altered or was a member of some
/// role meanwhile. What row security was held against then is not known.
void check_reader_unchanged(Snapshot snapshot, const LockedTables& tables, Oid reader);

}  // namespace export_leads
