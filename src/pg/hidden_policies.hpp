// Keeps a site's policies that take no part in an export out of PostgreSQL's rewriter. For the
// reader, (ours OR theirs) AND ours is ours, but the rewriter would still lock the tables that
// theirs read, apply the row security of those, and raise an error where that never ends.
#pragma once

#include "pg/guarded_query.hpp"

namespace export_leads {

/// The policies of the three tables, and those of them that were left in this session's relation
/// cache; nullptr where a table's were left alone.
struct HiddenPolicies {
  Relation tables[kTableCount];
  List* all[kTableCount];
  List* left[kTableCount];
};
static_assert(std::is_trivially_destructible_v<HiddenPolicies>);

/// Leaves in the relation cache, for each of the three tables, which must be locked, the policies
/// under whose conditions it may be read.
HiddenPolicies hide_policies(const Configuration& configuration,
                             const TenantConditions& conditions);

/// Puts the others back. A table that was loaded again meanwhile has all of its policies already.
void show_policies(const HiddenPolicies& hidden);

/// Calls `body` between those. It should not take long, as whatever else loads a table again ends
/// the hiding early.
template <typename Body>
void while_policies_are_hidden(const Configuration& configuration,
                               const TenantConditions& conditions, Body body) {
  static_assert(std::is_trivially_destructible_v<Body>);
  const HiddenPolicies hidden = hide_policies(configuration, conditions);
  PG_TRY();
  { body(); }
  PG_FINALLY();
  { show_policies(hidden); }
  PG_END_TRY();
}

}  // namespace export_leads
