// What the caller of an export asked for.
#pragma once

#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// The status has passed the core's rules. The columns' names are not
/// checked yet, nor are the bounds moments: only the set-up knows them, and the site's time zone.
struct Request {
  const char* tenant;
  std::string_view status;
  ColumnNames columns;
  const char* created_from;  ///< nullptr for none
  const char* created_to;
};
static_assert(std::is_trivially_destructible_v<Request>);

}  // namespace export_leads
