// What the caller of an export asked for.
#pragma once

#include "pg/guard/tenant_guard.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// The caller's request. The status has passed core::check_status(). The columns' names and the
/// bounds are not checked yet, since that needs the configuration with the site's time zone.
struct Request {
  const char* tenant;
  std::string_view status;
  ColumnNames columns;
  const char* created_from;  ///< the bounds as text; nullptr for none
  const char* created_to;
  Caller caller;
};
static_assert(std::is_trivially_destructible_v<Request>);

}  // namespace export_leads
