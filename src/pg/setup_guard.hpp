// Whether the set-up is still what makes an export safe: the tables, the reader and its grants.
#pragma once

#include "pg/finding.hpp"
#include "pg/locked_tables.hpp"

namespace export_leads {

/// The reader role's OID; InvalidOid where it does not exist.
Oid reader_role();

/// Reports what is wrong with the reader role: superuser, BYPASSRLS, member of a role, owner of a
/// table. Returns whether nothing is.
bool inspect_reader(const LockedTables& tables, Oid reader, FindingSink& sink);

/// Raises, after the last row, where the reader is not what it was when `snapshot` was taken: 55000
/// where inspect_reader() finds something now, 40001 where it was altered or was a member of some
/// role meanwhile. What row security was held against then is not known.
void check_reader_unchanged(Snapshot snapshot, const LockedTables& tables, Oid reader);

/// Reports a schema that the reader, who exists, cannot look into, and an export_leads_tenant()
/// that it cannot call or that is no longer as it was created. Returns whether nothing is.
bool inspect_grants(const Configuration& configuration, const LockedTables& tables,
                    Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports what is wrong with a table: not a table, row security off, a mapped column missing, a
/// tenant column that cannot tell tenants apart. Returns whether its policies and the queries on it
/// can be inspected.
bool inspect_table(const Configuration& configuration, const LockedTables& tables, Table which,
                   Oid extension_schema, Oid reader, FindingSink& sink);

/// Reports tables whose tenants might compare as others than the leads'. Returns whether there are
/// none.
bool inspect_tenant_types(const Configuration& configuration, FindingSink& sink);

/// Reports a column that the reader has no SELECT on, neither through the column nor through its
/// table.
void inspect_column_grant(Oid table, AttrNumber column, Oid reader, FindingSink& sink);

}  // namespace export_leads
