// Writes timestamps as text: in ISO 8601, the way Python's datetime.isoformat() does, and in the
// form that Excel reads as a date.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;

/// Upper bound, in bytes, of what the functions below write, whatever the values.
inline constexpr std::size_t kTimestampBound =
    std::string_view{"290279-12-31T23:59:59.999999+596523:14:08 BC"}.size();

/// Writes a timestamp without a time zone as 2025-12-23T10:11:12, with six digits of fraction when
/// there is one, at `out`, which has room for kTimestampBound; returns one past the end.
///
/// `microseconds` is PostgreSQL's count since 2000-01-01 00:00:00, in the proleptic Gregorian
/// calendar; infinities are left to the caller. isoformat() knows the years 1 to 9999 only: later
/// ones get as many digits as they need, earlier ones " BC" at the end, as in PostgreSQL's JSON.
char* write_timestamp(char* out, std::int64_t microseconds) noexcept;

/// Writes a moment, `utc_microseconds` after 2000-01-01 00:00:00 UTC, as the local time
/// `offset_seconds` east of Greenwich. The offset follows as +02:00, or as +02:20:54 where it is
/// not in whole minutes; " BC" comes last. Writes at `out`, which has room for kTimestampBound;
/// returns one past the end.
char* write_timestamp(char* out, std::int64_t utc_microseconds,
                      std::int32_t offset_seconds) noexcept;

/// Writes the time `microseconds` after 2000-01-01 00:00:00, moved `offset_seconds` east, in the
/// form 2025-12-23 10:11:12, which Excel reads as a date. A fraction of a second is left out.
/// Writes at `out`, which has room for kTimestampBound; returns one past the end.
char* write_spreadsheet_timestamp(char* out, std::int64_t microseconds,
                                  std::int32_t offset_seconds) noexcept;

}  // namespace export_leads::core
