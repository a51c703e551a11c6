// The destinations of an export's queries for the status: of status_query(), whose best row comes
// first, and of lead_status_query().
#pragma once

#include "pg/query/lead_query.hpp"
#include "pg/query/status.hpp"

namespace export_leads {

struct StatusReceiver {
  DestReceiver pub;
  const Tenant* tenant;
  bool is_everybodys;     ///< whether a status may belong to every tenant
  MemoryContext context;  ///< the memory context of the texts in `found`
  FoundStatus found;
};
static_assert(std::is_trivially_destructible_v<StatusReceiver>);

/// Makes a receiver for status_query(). Its texts live in the current memory context. It raises
/// XX000 for a row of another tenant.
StatusReceiver make_status_receiver(const Configuration& configuration, const Tenant* tenant);

/// Counts the rows of lead_status_query().
struct LeadStatusReceiver {
  DestReceiver pub;
  const Tenant* tenant;
  int count;
};
/// Makes a receiver for lead_status_query(). It raises XX000 for a row of another tenant.
LeadStatusReceiver make_lead_status_receiver(const Tenant* tenant);

}  // namespace export_leads
