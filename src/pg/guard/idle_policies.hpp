// A site's policies that take no part in an export: for the reader, (ours OR theirs) AND ours is
// ours.
#pragma once

#include "pg/guard/guarded_query.hpp"

namespace export_leads {

/// What PostgreSQL's rewriter makes of a query on the three tables, which must be locked, while it
/// sees none of their policies but those under whose conditions they may be read. It would lock the
/// tables that the others read, apply the row security of those, and raise an error where that
/// never ends. Where a table is loaded into the relation cache again meanwhile, by anybody's
/// ANALYZE, say, it may see them all: inspect_query() takes them out of what it returns. Raises
/// what PostgreSQL raises. Scribbles on `query`.
List* rewrite_without_idle_policies(Query* query, const Configuration& configuration,
                                    const TenantConditions& conditions);

}  // namespace export_leads
