// Writes dates and times as spreadsheets keep them: as a number of days, with the time of day as a
// fraction of a day.
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

/// Whether a spreadsheet can keep the time `microseconds` after 2000-01-01 00:00:00 as a date: it
/// can from 1900-03-01 to the end of 9999. Excel takes 1900 for a leap year and LibreOffice does
/// not, so the numbers of days before that March mean different days to them.
[[nodiscard]] bool has_serial_date(std::int64_t microseconds) noexcept;

/// Whether a spreadsheet can keep the day `days` after 2000-01-01 as a date: it can from 1900-03-01
/// to 9999-12-31.
[[nodiscard]] bool has_serial_day(std::int32_t days) noexcept;

/// The serial number of the day `days` after 2000-01-01, for which has_serial_day() holds. That of
/// 2000-01-01 itself is 36526.
[[nodiscard]] std::int64_t serial_day(std::int32_t days) noexcept;

/// Writes the serial number of the time `microseconds` after 2000-01-01 00:00:00, exact to the
/// microsecond, at `out`, which has room for kSerialDateBound; returns one past the end.
/// has_serial_date() holds for the time.
char* write_serial_date(char* out, std::int64_t microseconds) noexcept;

}  // namespace export_leads::core
