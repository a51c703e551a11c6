// Turns PostgreSQL's microseconds into calendar fields, and those into text.
#include "core/timestamp.hpp"

#include <chrono>

#include "core/bytes.hpp"
#include "core/integer.hpp"

namespace export_leads::core {
namespace {

constexpr std::string_view kEraMark = " BC";

struct CivilDate {
  std::int32_t year;  // astronomical: 0 is 1 BC
  std::uint32_t month;
  std::uint32_t day;
};

struct Quotient {
  std::int64_t value;
  std::int64_t remainder;  // never negative
};

/// Divides and rounds down, so that a moment before 2000 falls on the day it belongs to.
constexpr Quotient divide_down(std::int64_t dividend, std::int64_t divisor) noexcept {
  const std::int64_t remainder = dividend % divisor;
  if (remainder >= 0) return {dividend / divisor, remainder};
  return {dividend / divisor - 1, remainder + divisor};
}

/// The date `days` days after 2000-01-01, or before it where `days` is negative. The years of
/// <chrono> end at 32767, so the day is first moved by whole cycles of 400 years, in each of which
/// the calendar is the same, into the years 2000 to 2399.
constexpr CivilDate date_from_days(std::int64_t days) noexcept {
  constexpr std::int64_t kDaysPer400Years = 146'097;
  constexpr std::chrono::sys_days k2000 = std::chrono::year{2000} / 1 / 1;
  const Quotient cycle = divide_down(days, kDaysPer400Years);
  const std::chrono::year_month_day date{k2000 + std::chrono::days{cycle.remainder}};
  return {static_cast<std::int32_t>(int{date.year()} + 400 * cycle.value),
          static_cast<std::uint32_t>(date.month()), static_cast<std::uint32_t>(date.day())};
}

inline char* write_date(char* out, CivilDate date) noexcept {
  out = write_padded<4>(out, static_cast<std::uint32_t>(date.year > 0 ? date.year : 1 - date.year));
  *out++ = '-';
  out = write_padded<2>(out, date.month);
  *out++ = '-';
  return write_padded<2>(out, date.day);
}

inline char* write_minutes(char* out, std::uint32_t minutes) noexcept {
  out = write_padded<2>(out, minutes / 60);
  *out++ = ':';
  return write_padded<2>(out, minutes % 60);
}

inline char* write_seconds(char* out, std::uint32_t seconds) noexcept {
  *out++ = ':';
  return write_padded<2>(out, seconds);
}

inline char* write_time(char* out, std::int64_t microseconds_of_day) noexcept {
  const auto second = static_cast<std::uint32_t>(microseconds_of_day / kMicrosecondsPerSecond);
  const auto fraction = static_cast<std::uint32_t>(microseconds_of_day % kMicrosecondsPerSecond);
  out = write_minutes(out, second / 60);
  out = write_seconds(out, second % 60);
  if (fraction == 0) return out;
  *out++ = '.';
  return write_padded<6>(out, fraction);
}

char* write_offset(char* out, std::int32_t seconds) noexcept {
  const bool west = seconds < 0;
  // Negated without a sign, because the smallest value has no positive counterpart.
  const auto size =
      west ? 0U - static_cast<std::uint32_t>(seconds) : static_cast<std::uint32_t>(seconds);
  *out++ = west ? '-' : '+';
  out = write_minutes(out, size / 60);
  return size % 60 == 0 ? out : write_seconds(out, size % 60);
}

char* write_era(char* out, std::int32_t year) noexcept {
  return year > 0 ? out : write_bytes(out, kEraMark);
}

struct LocalTime {
  CivilDate date;
  std::int64_t microseconds;  // since midnight
};

/// The local time `offset_seconds` after the one that `microseconds` counts. The offset is added to
/// the time of day, since adding it to `microseconds` might overflow. Inlined, because the result
/// would otherwise be returned through memory.
[[gnu::always_inline]] inline LocalTime local_time(std::int64_t microseconds,
                                                   std::int32_t offset_seconds) noexcept {
  Quotient days = divide_down(microseconds, kMicrosecondsPerDay);
  days.remainder += offset_seconds * kMicrosecondsPerSecond;
  if (days.remainder < 0 || days.remainder >= kMicrosecondsPerDay) {
    const Quotient local = divide_down(days.remainder, kMicrosecondsPerDay);
    days = {days.value + local.value, local.remainder};
  }
  return {date_from_days(days.value), days.remainder};
}

/// Writes a timestamp, with what `write_zone` writes between its time and its era.
template <typename WriteZone>
char* write_with_zone(char* out, std::int64_t microseconds, std::int32_t offset_seconds,
                      WriteZone write_zone) noexcept {
  const LocalTime local = local_time(microseconds, offset_seconds);
  out = write_date(out, local.date);
  *out++ = 'T';
  out = write_time(out, local.microseconds);
  out = write_zone(out);
  return write_era(out, local.date.year);
}

}  // namespace

char* write_timestamp(char* out, std::int64_t microseconds) noexcept {
  return write_with_zone(out, microseconds, 0, [](char* at) noexcept { return at; });
}

char* write_timestamp(char* out, std::int64_t utc_microseconds,
                      std::int32_t offset_seconds) noexcept {
  return write_with_zone(
      out, utc_microseconds, offset_seconds,
      [offset_seconds](char* at) noexcept { return write_offset(at, offset_seconds); });
}

char* write_spreadsheet_timestamp(char* out, std::int64_t microseconds,
                                  std::int32_t offset_seconds) noexcept {
  const LocalTime local = local_time(microseconds, offset_seconds);
  out = write_date(out, local.date);
  *out++ = ' ';
  out = write_time(out, local.microseconds - local.microseconds % kMicrosecondsPerSecond);
  return write_era(out, local.date.year);
}

}  // namespace export_leads::core
