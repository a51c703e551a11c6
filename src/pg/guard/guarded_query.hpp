// A query that is checked after PostgreSQL has rewritten it, and that runs exactly as it was
// checked.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Where in a query's text an expression stands that a site wrote, in bytes.
struct ExpressionPlace {
  const char* column;  ///< of the file; nullptr where whoever calls has written it
  int begin;
  int end;
};

/// A query's text and its parameters. `values` are not needed to analyze it.
struct QueryText {
  static constexpr int kMaximum = 8;
  const char* text;
  int parameter_count;
  Oid types[kMaximum];
  Datum values[kMaximum];
  bool nulls[kMaximum];
  bool has_status_name;  ///< whether its third parameter is the status by its name
  const ExpressionPlace* expressions;
  int expression_count;
  const char* hint;  ///< of an error in the expression of a column, which is then 55000
};

/// Parses a text of our own making. Raises what PostgreSQL raises; of the text an error shows no
/// more than an expression that the caller has written, or the name of the column.
List* parse_query(const QueryText& text);

/// Parses and analyzes one SELECT as the current user. What row security adds is not in it. Raises
/// what parse_query() raises, and 42P17 for a column that is a set.
Query* parse_analyze_query(const QueryText& text);

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
