// One export from beginning to end: the only way to a row, whatever the format and whoever calls.
#pragma once

#include "core/csv.hpp"
#include "pg/finding.hpp"
#include "pg/row_receiver.hpp"

namespace export_leads {

/// What the caller asked for; the status has passed the core's rules.
struct Request {
  const char* tenant;
  std::string_view status;
};
static_assert(std::is_trivially_destructible_v<Request>);

/// Writes the leads of the request into `output`. Raises 55000 where the set-up is missing or no
/// longer safe, the tenant type's own error where the tenant is not readable, 54000 where the file
/// would pass 1 GB. Must stand between begin_export() and end_export().
void write_export(OutputBuffer& output, Oid extension_schema, const Request& request,
                  core::Dialect dialect);

/// Reports everything that would make write_export() raise 55000. Reads no rows. Must stand between
/// begin_export() and end_export(), too.
void inspect_export(Oid extension_schema, FindingSink& sink);

}  // namespace export_leads
