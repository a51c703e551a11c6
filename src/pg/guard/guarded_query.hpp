// Queries that are inspected after PostgreSQL has rewritten them, and run as inspected.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/policy.hpp"
#include "pg/guard/query_text.hpp"

namespace export_leads {

/// A copy of a policy's condition as it stands in a query, where the policy's table has the range
/// table index `index`.
Node* condition_in_query(const Node* condition, int index);

/// Rewrites an analyzed SELECT as the current user, which must be the reader, so that PostgreSQL
/// adds its row security conditions. Policies that cannot change an export are left out. Modifies
/// `query`. Raises PostgreSQL's own errors.
Query* rewrite_query(Query* query, const QueryText& text, const Configuration& configuration,
                     const TenantConditions& conditions);

/// Reports what makes a rewritten query unsafe: a table other than the three, a table that our
/// condition does not restrict, or a column or function that the reader has no privilege on. Puts
/// our condition before those of the site's policies.
void inspect_query(Query* query, const Configuration& configuration,
                   const TenantConditions& conditions, Oid reader, FindingSink& sink);

/// The OID of a table other than the three that an expression reads in a subquery; InvalidOid where
/// there is none.
Oid other_table(Node* expression, const Configuration& configuration);

/// A query that was inspected, ready to run.
struct PlannedQuery {
  QueryText text;
  ParamListInfo parameters;
  PlannedStmt* plan;
};

/// Plans a query; the planner may use parallel workers. Modifies `query`.
PlannedQuery plan_query(Query* query, const QueryText& text);

/// Plans a query so that the plan holds for all values of its parameters. Modifies `query`.
PlannedStmt* plan_for_all_values(Query* query, const QueryText& text);

/// Such a plan with the values of a text.
PlannedQuery with_values(PlannedStmt* plan, const QueryText& text);

/// Sets the two parameters that may change between runs of the plan.
void set_changing(const PlannedQuery& planned, Datum first, Datum second);

/// Runs a planned query in the active snapshot, and sends its rows to `receiver`.
void run_query(const PlannedQuery& planned, DestReceiver* receiver);

/// The plan as EXPLAIN's text. With `run` the query also runs, its rows are discarded, and the text
/// includes the actual row counts and times.
const char* explain_query(const PlannedQuery& planned, bool run);

}  // namespace export_leads
