// The two queries of an export: the status and its label, and the leads with their latest calls.
#pragma once

#include "pg/guard/guarded_query.hpp"
#include "pg/guard/tenant.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// The columns of a row of status_query().
enum class StatusColumn { tenant, name, label, key, rank };

/// The queries can be analyzed without a tenant, but not run.

/// Finds a status: the tenant's statuses of exactly the name asked for, then of its lower-case
/// form; of each, those that are every tenant's come last. Only where the site has statuses.
QueryText status_query(const Configuration& configuration, const Tenant* tenant, const char* status,
                       const char* lower_status);

/// The parameter of lead_query() and lead_status_query() that is the status as the leads have it.
inline constexpr int kLeadStatusParameter = 2;

/// Whether a lead of the tenant is in a status: a row with its tenant, or none.
QueryText lead_status_query(const Configuration& configuration, const Tenant* tenant,
                            const char* status);

/// The first columns of a row of lead_query(): for the receiver to compare, not for the file. After
/// them come those of the file's columns that differ between rows, in their order.
enum class LeadColumn { lead_tenant, call_tenant };
inline constexpr int kTenantColumnCount = 2;

/// From when to when, before which, a lead was created: half-open.
struct CreationRange {
  bool has_from;
  bool has_to;
  TimestampTz from;
  TimestampTz to;
};

/// How the latest calls are found. Both ways give the same rows; which one is cheaper depends on
/// the indexes and on how many of the tenant's leads are in the status.
enum class CallLookup {
  per_lead,  ///< one look into an index on the calls' lead for each lead
  at_once,   ///< one pass over the calls of all leads of the status
};

/// Reads the leads of a status, newest first, each with its latest call.
QueryText lead_query(const Configuration& configuration, const Tenant* tenant,
                     const FileColumns& columns, const CreationRange& range, CallLookup lookup);

/// Gives lead_query() the status to run with, once that is known: by its name as the statuses have
/// it, and as the leads have it, by its name or by its key. A value that the leads' type does not
/// have finds no lead, nor does nullptr.
void bind_status(QueryText& lead_query, const char* name, const char* in_leads);

}  // namespace export_leads
