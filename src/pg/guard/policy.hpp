// The two policies that limit the reader to one tenant, and the inspection of all policies that
// apply to the reader.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// The conditions in a table's policies, as parsed against the table: `own` is the condition of our
/// policies, "tenant = the export's tenant"; `obeyed` are those of the site's restrictive policies
/// that exports obey, and `exempting` those of the ones that exempt exports. `in_shards`: see
/// Configuration.
struct TableConditions {
  const Node* own;
  List* obeyed;
  List* exempting;
  bool in_shards;
};
struct TenantConditions {
  TableConditions of[kTableCount];
};

/// Whether exports obey any policy of the site.
bool is_any_obeyed(const TenantConditions& conditions);

/// The condition of our two policies on a table, as SQL: the tenant column equals the running
/// export's tenant, compared by pg_catalog's operator; with `has_defaults`, a NULL tenant also
/// passes. "true" where `tenant_column` is nullptr. Returns nullptr where the column's type is not
/// one of tenant_type(). `in_shards` is for a table, or a shard of one, that Citus has distributed.
const char* policy_condition(Oid extension_schema, Oid table, const char* tenant_column,
                             bool has_defaults, bool in_shards);

/// Reports what is wrong with the policies on a locked table that apply to `reader`: one of ours is
/// missing or altered, a restrictive one of the site could silently hide leads, or an accepted one
/// has changed or reads a table other than the three. Compares parsed conditions, not text. Must be
/// called as the reader, in the sandbox. Returns the conditions that an export of the table has to
/// expect.
TableConditions inspect_policies(const Configuration& configuration, Table which, Relation table,
                                 Oid extension_schema, Oid reader, FindingSink& sink);

/// One of our two policies, and whether a table has it as set-up created it.
struct OwnPolicyState {
  const char* name;
  bool permissive;
  const char* condition;  ///< policy_condition()
  bool is_intact;
};
inline constexpr int kOwnPolicyCount = 2;

/// Fills `policies` with our two policies for a table and their state. Where row security is off,
/// PostgreSQL loads no policies, and none counts as intact.
void read_own_policies(Oid extension_schema, Oid table, const char* tenant_column,
                       bool has_defaults, OwnPolicyState (&policies)[kOwnPolicyCount]);

/// Whether one of the extension's own tables with rows of tenants has the policy of set-up, as it
/// made it, in force for `reader`, and none that hides rows.
bool has_own_tenant_policy(Relation table, Oid extension_schema, Oid reader);

/// What a policy does, as text that shows whether an accepted policy has changed; nullptr where the
/// table has no policy of this name that hides rows, or no row security.
const char* policy_definition(Oid table, const char* policy);

/// Whether what a policy's condition says may depend on the session or on the time: see
/// is_mutable().
bool is_mutable_policy(Oid table, const char* policy);

}  // namespace export_leads
