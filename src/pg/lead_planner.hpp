// From the queries of an export to a plan: each is inspected before it may be run, and the
// planner's estimates decide how the latest calls are found.
#pragma once

#include "pg/finding.hpp"
#include "pg/lead_query.hpp"
#include "pg/record_writer.hpp"

namespace export_leads {

/// What the caller asked for; the status has passed the core's rules, the range is not empty by
/// mistake. The columns' names are not checked yet: only the set-up knows them.
struct Request {
  const char* tenant;
  std::string_view status;
  ColumnNames columns;
  CreationRange created;
};
static_assert(std::is_trivially_destructible_v<Request>);

/// A query that was rewritten and inspected.
struct InspectedQuery {
  QueryText text;
  Query* query;
};

/// What the queries are made of and held against.
struct LeadPlanner {
  const Configuration& configuration;
  const TenantConditions& conditions;
  Oid reader;
  const FileColumns& columns;
  const Tenant* tenant;  ///< nullptr for the doctor, whose queries are not run
  const Request& request;
  FindingSink& sink;
};

/// Analyze a query as the current user, the reader, and report what makes it unsafe. Raise what
/// PostgreSQL raises for a query that is not valid.
InspectedQuery prepare_status(const LeadPlanner& planner);
InspectedQuery prepare_leads(const LeadPlanner& planner, CallLookup lookup);

/// Prepares every query that such an export might run.
void prepare_all(const LeadPlanner& planner);

/// Runs the status's query: the status as the tenant has it, else the lower-case form of what was
/// asked for.
Status find_status(const LeadPlanner& planner, const InspectedQuery& query);

/// Plans the leads' query, given as prepared for CallLookup::per_lead, in the cheaper of the two
/// ways. Nothing of the leads is read.
PlannedQuery choose_plan(const LeadPlanner& planner, InspectedQuery& per_lead,
                         const Status& status);

}  // namespace export_leads
