// Timestamps as ISO 8601 text, the way Python's datetime.isoformat() writes them.
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

/// Upper bound, in bytes, of what write_timestamp() writes, whatever the values.
inline constexpr std::size_t kTimestampBound =
    std::string_view{"290279-12-31T23:59:59.999999+596523:14:08 BC"}.size();

/// Writes 2025-12-23T10:11:12, with six digits of fraction when there is one, at `out`, which has
/// room for kTimestampBound; returns one past the end.
///
/// `microseconds` is PostgreSQL's count since 2000-01-01 00:00:00, in the proleptic Gregorian
/// calendar; infinities are the caller's to write. isoformat() knows the years 1 to 9999 only:
/// later ones get the digits they need, earlier ones " BC" at the end as in PostgreSQL's JSON.
char* write_timestamp(char* out, std::int64_t microseconds) noexcept;

/// The same for a moment, as local time `offset_seconds` east of Greenwich, which are written after
/// it as +02:00, or as +02:20:54 where the offset is not in whole minutes.
char* write_timestamp(char* out, std::int64_t utc_microseconds,
                      std::int32_t offset_seconds) noexcept;

/// Writes 2025-12-23 10:11:12, which Excel reads as a date: the local time `offset_seconds` east of
/// Greenwich, without its fraction of a second.
char* write_spreadsheet_timestamp(char* out, std::int64_t microseconds,
                                  std::int32_t offset_seconds) noexcept;

}  // namespace export_leads::core
