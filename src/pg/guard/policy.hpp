// The two policies that bind the reader to one tenant, and how to know them again.
#pragma once

#include "pg/guard/guarded_query.hpp"

namespace export_leads {

/// The condition of both policies of a table, as SQL: its tenant column equals the running export's
/// tenant, by pg_catalog's operator; with `has_defaults`, or is NULL. Without a column: true.
/// nullptr where the column's type is not one of tenant_type().
const char* policy_condition(Oid extension_schema, Oid table, const char* tenant_column,
                             bool has_defaults);

/// Reports what is wrong with the policies of a locked table that apply to `reader`: one of ours
/// missing or altered, another restrictive one, which would cut an export short in silence, or an
/// accepted one that reads a table which an export has no business with.
/// Compares parsed conditions, not text. Must run as the reader, in the sandbox. Returns the
/// conditions under which an export may read the table.
TableConditions inspect_policies(const Configuration& configuration, Table which, Relation table,
                                 Oid extension_schema, Oid reader, FindingSink& sink);

}  // namespace export_leads
