// The two queries of an export: the status and its label, and the leads with their latest calls.
#pragma once

#include "pg/guarded_query.hpp"
#include "pg/tenant.hpp"

namespace export_leads {

/// The columns of status_query()'s one row.
enum class StatusColumn { tenant, name, label };

/// The queries can be analyzed without a tenant, but not run.

/// Finds a status: the tenant's status of exactly the name asked for, else of its lower-case form.
QueryText status_query(const Configuration& configuration, const Tenant* tenant,
                       std::string_view status, std::string_view lower_status);

/// The columns of a row of lead_query(); the tenants are for the receiver to compare, not for the
/// file.
enum class LeadColumn {
  lead_tenant,
  call_tenant,
  lead_id,
  full_name,
  phone,
  email,
  created_at,
  last_call_at,
  last_call_status,
  source,
  notes,
};
inline constexpr int kLeadColumnCount = 11;

/// Reads the leads of a status, newest first, each with its latest call.
QueryText lead_query(const Configuration& configuration, const Tenant* tenant);

/// Gives lead_query() the status to run with, once that is known.
void bind_status(QueryText& lead_query, std::string_view status);

}  // namespace export_leads
