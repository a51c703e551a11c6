// Where the executor puts the leads: each row becomes a record of the file, in place.
#pragma once

#include "core/csv.hpp"
#include "pg/lead_query.hpp"
#include "pg/output_buffer.hpp"

namespace export_leads {

/// The status that was asked for, as the site's statuses table has it.
struct Status {
  std::string_view name;
  std::string_view label;
};
static_assert(std::is_trivially_destructible_v<Status>);

/// Makes a receiver that writes the byte order mark, the header and then a record per row of
/// lead_query() into `output`, and fails where a row is another tenant's. It lives in the current
/// memory context and refers to its arguments.
DestReceiver* make_row_receiver(OutputBuffer* output, const Tenant* tenant, Status status,
                                core::Dialect dialect);

}  // namespace export_leads
