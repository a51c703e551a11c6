// Where the executor puts the statuses of an export: the rows of status_query(), the best first.
#pragma once

#include "pg/query/lead_query.hpp"
#include "pg/query/status.hpp"

namespace export_leads {

struct StatusReceiver {
  DestReceiver pub;
  const Tenant* tenant;
  bool is_everybodys;     ///< whether a status may have no tenant
  MemoryContext context;  ///< what the texts below live in
  FoundStatus found;
};
static_assert(std::is_trivially_destructible_v<StatusReceiver>);

/// A receiver whose texts live in the current memory context. Fails where a row is another
/// tenant's.
StatusReceiver make_status_receiver(const Configuration& configuration, const Tenant* tenant);

/// The same for lead_status_query(): counts its rows.
struct LeadStatusReceiver {
  DestReceiver pub;
  const Tenant* tenant;
  int count;
};
LeadStatusReceiver make_lead_status_receiver(const Tenant* tenant);

}  // namespace export_leads
