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

/// Reports that one of the tables is missing, is not a table, or was replaced. Returns whether it
/// is none of this.
bool inspect_relation(const Configuration& configuration, const LockedTables& tables, Table which,
                      FindingSink& sink);

/// Reports what is wrong with one of the tables: what inspect_relation() does, it has no row
/// security, or inspect_columns() reports one of its columns. Returns whether its policies and the
/// queries on it can be inspected.
bool inspect_table(const Configuration& configuration, const LockedTables& tables, Table which,
                   Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports a column on which the reader has no SELECT, neither on the column nor on the whole
/// table; `changed` is the table on which to grant it: see Configuration::changed_table().
void inspect_column_grant(Oid table, Oid changed, AttrNumber column, Oid reader, FindingSink& sink);

}  // namespace export_leads
