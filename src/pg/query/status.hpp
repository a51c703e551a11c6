// A status at each step of an export: as the site has it, and as the file and the leads have it.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// What the site's statuses say of the status that was asked for.
struct FoundStatus {
  const char* name;       ///< nullptr where the tenant has no such status
  const char* label;      ///< nullptr where the status has none
  const char* key;        ///< by which leads name it; nullptr where they do not, or it has none
  int rank;               ///< of status_query()
  bool has_others;        ///< whether other rows have its name and rank
  bool has_other_labels;  ///< and another label
  bool has_other_keys;    ///< whether others of its name, be they everybody's, have another key
};

/// As the file shows it.
struct ShownStatus {
  std::string_view name;
  std::string_view label;
};
static_assert(std::is_trivially_destructible_v<ShownStatus>);

/// As it is exported.
struct ExportStatus {
  ShownStatus shown;
  const char* name;
  const char* in_leads;  ///< as the leads name it; nullptr where no lead can have it
};

}  // namespace export_leads
