// Keeps policies that an export ignores out of its queries. A permissive policy of the site cannot
// show the reader more than ours do, since (ours OR theirs) AND ours = ours.
#pragma once

#include "pg/guard/guarded_query.hpp"

namespace export_leads {

/// Rewrites a query on the three tables, which must be locked, while the rewriter sees only our own
/// policies and those that exports obey. With the others, the rewriter would also lock the tables
/// that they read, apply the row security of those tables, and raise an error where policies refer
/// to each other without end. Where the relation cache reloads a table meanwhile, for example
/// because another session runs ANALYZE, the rewriter may see all policies: inspect_query() then
/// removes the conditions of the ignored ones. Returns the rewritten queries. Modifies `query`.
/// Raises PostgreSQL's own errors.
List* rewrite_without_ignored_policies(Query* query, const Configuration& configuration,
                                       const TenantConditions& conditions);

}  // namespace export_leads
