// Prepares and plans the queries of an export. Each query is inspected before it may run, and the
// planner's estimates decide how the latest calls are found.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/query/kept_query.hpp"
#include "pg/query/lead_query.hpp"
#include "pg/query/request.hpp"
#include "pg/query/status.hpp"

namespace export_leads {

/// The queries of an export.
struct InspectedQueries {
  InspectedQuery status;       ///< nothing to run where the site has no table of statuses
  InspectedQuery lead_status;  ///< nothing to run where the case of the status cannot matter
  /// Finds the leads, with one lookup of the latest call for each.
  InspectedQuery per_lead;
  /// Finds the leads, with one pass over their calls. Prepared only when needed: see plan_leads().
  InspectedQuery at_once;
};
static_assert(std::is_trivially_destructible_v<InspectedQueries>);

/// What the queries are built from and inspected against.
struct LeadPlanner {
  const Configuration& configuration;
  const TenantConditions& conditions;
  Oid reader;
  const FileColumns& columns;
  const Tenant* tenant;  ///< nullptr for the check, which runs no query
  const Request& request;
  CreationRange created;
  FindingSink& sink;
  const char* hint;  ///< for errors in a column, which then become 55000; nullptr for the check
};

/// Analyzes the queries of an export as the current user, which must be the reader, and reports
/// what makes one of them unsafe; or finds those that the session has kept. Raises PostgreSQL's own
/// errors for a query that is not valid.
InspectedQueries prepare_queries(const LeadPlanner& planner);

/// Analyzes and inspects every query that such an export might run, as prepare_queries() does.
void prepare_all(const LeadPlanner& planner);

/// The same for the leads' query alone.
InspectedQueries prepare_leads(const LeadPlanner& planner);

/// The same for time_query().
InspectedQuery prepare_times(const LeadPlanner& planner);

/// Plans an inspected query. The returned plan is nullptr where there is no query to run.
PlannedQuery plan_inspected(const InspectedQuery& query);

/// The same for the query for the status, whose plan is kept for the session's next export.
PlannedQuery plan_status(const InspectedQuery& query);

/// Has that query planned anew next time.
void forget_plan_of_status();

/// Runs the planned query for the status, if there is one, and returns what it finds.
FoundStatus find_status(const LeadPlanner& planner, const PlannedQuery& query);

/// Runs the planned query for the leads' status, if there is one. Returns whether a lead has
/// exactly the status that was asked for.
bool is_in_leads(const LeadPlanner& planner, const PlannedQuery& query);

/// Decides which status is exported: the name asked for where a status or a lead has exactly that
/// name, else its lower-case form. Raises 55000 where the tenant has several statuses of that name
/// whose labels, keys or exported columns differ, so that nobody can tell which one is meant.
ExportStatus decide_status(const LeadPlanner& planner, const FoundStatus& found, bool is_in_leads);

/// Plans the leads' query in the cheaper of its two ways. No leads are read, but the planner
/// evaluates immutable functions. Settings that their code changes are restored before the second
/// way is analyzed, as they could change what a name or a literal means. The second way is analyzed
/// only where it may be cheaper, since that takes a seventh of the time of a small export. Look-ups
/// of calls stop at the first one by themselves where they can: see stop_at_first_match().
PlannedQuery plan_leads(const LeadPlanner& planner, InspectedQueries& queries,
                        const ExportStatus& status);

/// Plans a query for the leads or their times, prepared as above, for a status.
PlannedQuery plan_for_status(InspectedQuery& query, const ExportStatus& status);

/// Raises 40001 where a function that one of the queries calls has changed since `snapshot` was
/// taken.
void check_functions_unchanged(Snapshot snapshot, const InspectedQueries& queries);

}  // namespace export_leads
