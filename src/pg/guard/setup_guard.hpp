// Whether the set-up is still what makes an export safe: the tables and the reader's grants.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/locked_tables.hpp"

namespace export_leads {

/// Reports a schema that the reader, who exists, cannot look into, and an export_leads_tenant()
/// that it cannot call or that is no longer as it was created. Returns whether nothing is.
bool inspect_grants(const Configuration& configuration, const LockedTables& tables,
                    Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports what is wrong with a table: not a table, row security off, a mapped column missing, a
/// tenant column that cannot tell tenants apart. Returns whether its policies and the queries on it
/// can be inspected.
bool inspect_table(const Configuration& configuration, const LockedTables& tables, Table which,
                   Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports a column that the reader has no SELECT on, neither through the column nor through its
/// table.
void inspect_column_grant(Oid table, AttrNumber column, Oid reader, FindingSink& sink);

}  // namespace export_leads
