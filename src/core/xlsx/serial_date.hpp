// Moments as spreadsheets keep them: a number of days, the time of day as a fraction of one.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// Upper bound, in bytes, of what write_serial_date() writes.
inline constexpr std::size_t kSerialDateBound = std::string_view{"2958465.999999999988"}.size();

/// Whether a spreadsheet can keep the moment, `microseconds` after 2000-01-01 00:00:00, as a date:
/// from 1900-03-01 to the end of 9999. Excel takes 1900 for a leap year and LibreOffice does not,
/// so days before that March have two meanings.
[[nodiscard]] bool has_serial_date(std::int64_t microseconds) noexcept;

/// The same for a whole day, `days` after 2000-01-01.
[[nodiscard]] bool has_serial_day(std::int32_t days) noexcept;

/// The serial number of a day for which has_serial_day() holds.
[[nodiscard]] std::int64_t serial_day(std::int32_t days) noexcept;

/// Writes the serial number of a moment for which has_serial_date() holds, exact to the
/// microsecond, at `out`, which has room for kSerialDateBound; returns one past the end. 2000-01-01
/// is 36526.
char* write_serial_date(char* out, std::int64_t microseconds) noexcept;

}  // namespace export_leads::core
