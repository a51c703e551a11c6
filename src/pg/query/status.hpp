// The status of an export at each step: as it was found, as the file shows it, and as leads hold
// it.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// What the site's table of statuses says about the status that was asked for.
struct FoundStatus {
  const char* name;   ///< nullptr where the tenant has no such status
  const char* label;  ///< nullptr where the status has none
  /// The key that leads hold; nullptr where leads hold the name, or the status has no key.
  const char* key;
  int rank;               ///< the rank from status_query()
  bool has_others;        ///< whether other rows have the same name and rank
  bool has_other_labels;  ///< whether one of those rows has another label
  bool has_other_keys;    ///< whether a row of the same name has another key
};

/// The status as the file shows it.
struct ShownStatus {
  std::string_view name;
  std::string_view label;
};
static_assert(std::is_trivially_destructible_v<ShownStatus>);

/// The status that is exported.
struct ExportStatus {
  ShownStatus shown;
  const char* name;
  const char* in_leads;  ///< as leads hold it; nullptr where no lead can have it
};

}  // namespace export_leads
