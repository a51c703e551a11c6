// The texts of an export's queries: for the status and its label, for the leads' status, and for
// the leads with their latest calls. Without a tenant they can be analyzed, but not run.
#pragma once

#include "pg/guard/guarded_query.hpp"
#include "pg/guard/tenant.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// The columns of a row of status_query().
enum class StatusColumn { tenant, name, label, key, rank };

/// The query for a status. Its rows are the tenant's statuses of exactly the name asked for, then
/// those of its lower-case form; within each group, statuses that belong to every tenant come last.
/// Only for sites with a table of statuses.
QueryText status_query(const Configuration& configuration, const Tenant* tenant, const char* status,
                       const char* lower_status);

/// The parameter of lead_query() and lead_status_query() that holds the status as leads hold it.
/// The parameters before it are the tenant's: see tenant_parameter().
inline constexpr int kLeadStatusParameter = kTableCount + 1;

/// The query that returns one row, with its tenant, where a lead of the tenant has the status, else
/// none.
QueryText lead_status_query(const Configuration& configuration, const Tenant* tenant,
                            const char* status);

/// The first columns of lead_query()'s rows. They are not for the file: the receiver checks them.
/// After them come those columns of the file that differ between rows, in the file's order.
enum class LeadColumn { lead_tenant, call_tenant };
inline constexpr int kTenantColumnCount = 2;

/// The range in which a lead was created: from `from`, included, to `to`, excluded.
struct CreationRange {
  bool has_from;
  bool has_to;
  TimestampTz from;
  TimestampTz to;
  bool changes;  ///< whether the bounds, both given, are parameters that change: see set_changing()
};

/// The query for the times in which the leads of a status were created, newest first, each with its
/// lead's tenant. bind_status() must give it the status before it runs.
QueryText time_query(const Configuration& configuration, const Tenant* tenant,
                     const CreationRange& range);

/// How the latest calls are found. Both ways return the same rows; which one is cheaper depends on
/// the indexes, and on how many of the tenant's leads have the status.
enum class CallLookup {
  per_lead,  ///< for each lead, one lookup of its calls, by an index if there is one
  at_once,   ///< one pass over the calls of all leads of the status
};

/// The query for the leads of a status, newest first, each with its latest call. bind_status() must
/// give it the status before it runs.
QueryText lead_query(const Configuration& configuration, const Tenant* tenant,
                     const FileColumns& columns, const CreationRange& range, CallLookup lookup);

/// Bounds of a CreationRange, in the type of the leads' column.
struct CreationBounds {
  Datum from;
  Datum to;
};

/// Sets the bounds of a query whose range changes.
void bind_bounds(QueryText& lead_query, CreationBounds bounds);
CreationBounds bounds_of(const QueryText& lead_query);

/// Whether two bound queries look for the same values of the status.
bool is_same_status(const QueryText& left, const QueryText& right);

/// A hash of the value that leads must have; 0 where no lead can have it.
std::uint32_t hash_of_status(const QueryText& lead_query);

/// Sets the status in lead_query()'s parameters once it is known: `name` as the statuses have it,
/// `in_leads` as the leads hold it, by name or by key. Where that is nullptr, or not a value of the
/// leads' type, the query finds no lead.
void bind_status(QueryText& lead_query, const char* name, const char* in_leads);

}  // namespace export_leads
