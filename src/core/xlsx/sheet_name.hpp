// Makes the name of a sheet from the label of a status.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

namespace export_leads::core {

/// The longest name that Excel takes, in UTF-16 units.
inline constexpr std::size_t kSheetNameMaximum = 31;

/// Upper bound, in bytes, of what write_sheet_name() writes.
inline constexpr std::size_t kSheetNameBound = 3 * kSheetNameMaximum;

/// Writes a name that Excel takes for a sheet at `out`, which has room for kSheetNameBound; returns
/// one past the end.
///
/// It is `label` without the blanks and apostrophes around it, cut to kSheetNameMaximum, and with a
/// hyphen for each character that no name may hold: [ ] : * ? / \ and control characters, U+FFFE,
/// U+FFFF and malformed bytes. Where nothing is left it is "Leads". Excel keeps "History" for
/// itself, so that becomes "History-".
char* write_sheet_name(char* out, std::string_view label) noexcept;

}  // namespace export_leads::core
