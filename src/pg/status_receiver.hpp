// Where the executor puts the status of an export: the one row of status_query(), if there is one.
#pragma once

#include "pg/lead_query.hpp"

namespace export_leads {

struct StatusReceiver {
  DestReceiver pub;
  const Tenant* tenant;
  MemoryContext context;  ///< what the texts below live in
  const text* name;       ///< nullptr where the tenant has no such status
  const text* label;      ///< nullptr where the status has no label
};
static_assert(std::is_trivially_destructible_v<StatusReceiver>);

/// A receiver whose texts live in the current memory context. Fails where the row is another
/// tenant's.
StatusReceiver make_status_receiver(const Tenant* tenant);

}  // namespace export_leads
