// The two policies that bind the reader to one tenant, and how to know them again.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// The conditions under which an export may read a table: that of our policies, "tenant = the
/// export's", and those of the site's restrictive policies that it obeys; and those of the ones
/// that exempt exports. As parsed against the table.
struct TableConditions {
  const Node* own;
  List* obeyed;
  List* exempting;
};
struct TenantConditions {
  TableConditions of[kTableCount];
};

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

/// One of the two policies of a table, and whether the table has it as set-up created it.
struct OwnPolicyState {
  const char* name;
  bool permissive;
  const char* condition;  ///< policy_condition()
  bool is_intact;
};
inline constexpr int kOwnPolicyCount = 2;

/// Looks at the policies that a table must carry. Without row security PostgreSQL loads no
/// policies: none counts as intact.
void read_own_policies(Oid extension_schema, Oid table, const char* tenant_column,
                       bool has_defaults, OwnPolicyState (&policies)[kOwnPolicyCount]);

/// What a policy does, as text, by which an accepted one is known again; nullptr where the table
/// has none of the name that hides rows, or has no row security.
const char* policy_definition(Oid table, const char* policy);

/// Whether the condition of a policy calls a function that is not immutable, and so may depend on
/// the session or on time.
bool is_mutable_policy(Oid table, const char* policy);

}  // namespace export_leads
