// A query that is checked after PostgreSQL has rewritten it, and that runs exactly as it was
// checked.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/policy.hpp"
#include "pg/guard/query_text.hpp"

namespace export_leads {

/// Rewrites an analyzed SELECT as the current user, the reader, which adds what row security does:
/// policies that take no part in an export are kept out of it. Scribbles on `query`. Raises what
/// PostgreSQL raises.
Query* rewrite_query(Query* query, const QueryText& text, const Configuration& configuration,
                     const TenantConditions& conditions);

/// Reports what makes a rewritten query unsafe: a table that is not one of the three, or that is
/// not held to our condition, or a column the reader has no SELECT on. Sees to it that our
/// condition comes before those of the site's own policies.
void inspect_query(Query* query, const Configuration& configuration,
                   const TenantConditions& conditions, Oid reader, FindingSink& sink);

/// A table that an expression reads in a subquery and that is not one of the three; InvalidOid
/// where there is none.
Oid other_table(Node* expression, const Configuration& configuration);

/// A query that was inspected, ready to run.
struct PlannedQuery {
  QueryText text;
  ParamListInfo parameters;
  PlannedStmt* plan;
};

/// Plans the query, with parallel workers where the planner likes. Scribbles on `query`.
PlannedQuery plan_query(Query* query, const QueryText& text);

/// Runs a planned query into `receiver`, in the active snapshot.
void run_query(const PlannedQuery& planned, DestReceiver* receiver);

/// The plan as EXPLAIN's text; with `run` the query is run, its rows dropped, and the counts
/// and times are those of the run.
const char* explain_query(const PlannedQuery& planned, bool run);

}  // namespace export_leads
