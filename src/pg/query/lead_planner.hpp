// From the queries of an export to a plan: each is inspected before it may be run, and the
// planner's estimates decide how the latest calls are found.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/query/lead_query.hpp"
#include "pg/query/request.hpp"
#include "pg/query/status.hpp"

namespace export_leads {

/// A query that was rewritten and inspected.
struct InspectedQuery {
  QueryText text;
  Query* query;
  List* functions;  ///< called_functions() of its columns and policies
};

/// The queries of an export.
struct InspectedQueries {
  InspectedQuery status;       ///< its query is nullptr where the site has no statuses
  InspectedQuery lead_status;  ///< likewise where a lead cannot have the exact name alone
  InspectedQuery per_lead;
  InspectedQuery at_once;  ///< its query is nullptr until it is needed: see plan_leads()
};
static_assert(std::is_trivially_destructible_v<InspectedQueries>);

/// What the queries are made of and held against.
struct LeadPlanner {
  const Configuration& configuration;
  const TenantConditions& conditions;
  Oid reader;
  const FileColumns& columns;
  const Tenant* tenant;  ///< nullptr for the doctor, whose queries are not run
  const Request& request;
  CreationRange created;
  FindingSink& sink;
  const char* hint;  ///< of errors in a column, which are then 55000; nullptr for the doctor
};

/// Analyzes the queries of an export as the current user, the reader, and reports what makes one
/// unsafe. Raises what PostgreSQL raises for a query that is not valid.
InspectedQueries prepare_queries(const LeadPlanner& planner);

/// The same for every query that such an export might run.
void prepare_all(const LeadPlanner& planner);

/// Plans a query that was inspected; without one, the plan is nullptr.
PlannedQuery plan_inspected(const InspectedQuery& query);

/// Runs the status's query, where there is one.
FoundStatus find_status(const LeadPlanner& planner, const PlannedQuery& query);

/// Runs the query that asks the leads, where there is one: whether any has the exact name.
bool is_in_leads(const LeadPlanner& planner, const PlannedQuery& query);

/// Decides which status is exported: the name asked for where a status or a lead has exactly that,
/// else its lower-case form. Raises 55000 where the tenant has several statuses of the name, so
/// that nobody can tell which of their labels, or keys, is meant.
ExportStatus decide_status(const LeadPlanner& planner, const FoundStatus& found, bool is_in_leads);

/// Plans the leads' query in the cheaper of the two ways. Nothing of the leads is read, but the
/// planner evaluates what is immutable: what such code SETs ends before the other way is analyzed,
/// where a name or a literal could mean something else. That one is analyzed only where it may pay,
/// as analyzing it takes a seventh of a small export's time.
PlannedQuery plan_leads(const LeadPlanner& planner, InspectedQueries& queries,
                        const ExportStatus& status);

/// Raises 40001 where a function that one of the queries calls was changed since `snapshot`.
void check_functions_unchanged(Snapshot snapshot, const InspectedQueries& queries);

}  // namespace export_leads
