// The name under which an export is saved.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

struct Date {
  std::int32_t year;
  std::int32_t month;
  std::int32_t day;
};

/// What every file name begins with.
inline constexpr std::string_view kFilenamePrefix = "outbound_leads_status_";

/// Upper bound, in bytes, of what write_filename() writes for any date.
[[nodiscard]] constexpr std::size_t filename_bound(std::size_t status_size,
                                                   std::size_t extension_size) noexcept {
  constexpr std::string_view kLongestDate = "-2147483648--2147483648--2147483648";
  return kFilenamePrefix.size() + status_size + 1 + kLongestDate.size() + 1 + extension_size;
}

/// Writes outbound_leads_status_<status>_<YYYY-MM-DD>.<extension> at `out`, which has room for
/// filename_bound(); returns one past the end.
///
/// Characters that a status may not hold are left out, so that a label or a path passed by mistake
/// does no harm in an HTTP header or a directory. A year after 9999 gets as many digits as it
/// needs; the caller makes sure that the year is 1 or later.
char* write_filename(char* out, std::string_view status, Date date,
                     std::string_view extension) noexcept;

}  // namespace export_leads::core
