// Checks that the tables and the reader's grants are still what makes an export safe.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/locked_tables.hpp"

namespace export_leads {

/// Reports schemas on which the reader, which must exist, has no USAGE, and an
/// export_leads_tenant() that is missing, that the reader may not call, or that is no longer as it
/// was created. Returns whether there was nothing to report.
bool inspect_grants(const Configuration& configuration, const LockedTables& tables,
                    Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports what is wrong with one of the tables: it is missing, is not a table, is distributed by
/// Citus, was replaced, has no row security, or inspect_columns() reports one of its columns.
/// Returns whether its policies and the queries on it can be inspected.
bool inspect_table(const Configuration& configuration, const LockedTables& tables, Table which,
                   Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports a column on which the reader has no SELECT, neither on the column nor on the whole
/// table.
void inspect_column_grant(Oid table, AttrNumber column, Oid reader, FindingSink& sink);

}  // namespace export_leads
