// Checks that row security limits the role that exports read as, the reader, to one tenant.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/locked_tables.hpp"

namespace export_leads {

/// Reports what is wrong with the reader: it is missing, a superuser, has BYPASSRLS, may log in
/// where Citus keeps rows in shards, is a member of a role, or owns the database or one of the
/// tables. Returns whether there was nothing to report.
bool inspect_reader(const Configuration& configuration, const LockedTables& tables, Oid reader,
                    FindingSink& sink);

/// To be called after the last row. Raises 55000 where inspect_reader() now finds something, and
/// 40001 where the reader was altered, or was meanwhile a member of a role or the owner of the
/// database: then nobody can say which policies applied to the rows that were read.
void check_reader_unchanged(Snapshot snapshot, const Configuration& configuration,
                            const LockedTables& tables, Oid reader);

}  // namespace export_leads
