// Turns PostgreSQL's microseconds into calendar fields, and those into text.
#include "core/timestamp.hpp"

#include <algorithm>
#include <cstring>

#include "core/integer.hpp"

namespace export_leads::core {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;

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

constexpr Quotient divide_down(std::int64_t dividend, std::int64_t divisor) noexcept {
  const std::int64_t remainder = dividend % divisor;
  if (remainder >= 0) return {dividend / divisor, remainder};
  return {dividend / divisor - 1, remainder + divisor};
}

/// The date `days` days after 2000-01-01, before it when negative.
///
/// The rule is Howard Hinnant's civil_from_days (howardhinnant.github.io/date_algorithms.html): a
/// year counted from March ends with the leap day, if it has one, so that neither the months'
/// lengths nor the day's number in the year depend on it.
constexpr CivilDate date_from_days(std::int64_t days) noexcept {
  constexpr std::int64_t kFrom29February2000 = 31 + 29;  // 2000-03-01 begins a cycle of 400 years
  constexpr std::int64_t kDaysPer400Years = 146'097;
  constexpr std::int64_t kDaysPer100Years = 36'524;  // the fourth century has one more
  constexpr std::int64_t kDaysPer4Years = 1'461;     // the last four of a century may have one less
  constexpr std::int64_t kDaysPerYear = 365;         // the fourth year may have one more
  constexpr std::int64_t kDaysPer5Months = 153;      // 31 30 31 30 31, from March and from August

  const Quotient cycle = divide_down(days - kFrom29February2000, kDaysPer400Years);
  std::int64_t day = cycle.remainder;
  const std::int64_t century = std::min<std::int64_t>(day / kDaysPer100Years, 3);
  day -= century * kDaysPer100Years;
  const std::int64_t leap_cycle = day / kDaysPer4Years;
  day -= leap_cycle * kDaysPer4Years;
  const std::int64_t year = std::min<std::int64_t>(day / kDaysPerYear, 3);
  day -= year * kDaysPerYear;

  const std::int64_t month = (5 * day + 2) / kDaysPer5Months;  // 0 is March
  day -= (kDaysPer5Months * month + 2) / 5;
  const bool next_year = month >= 10;
  const std::int64_t march_year = 2000 + 400 * cycle.value + 100 * century + 4 * leap_cycle + year;
  return {static_cast<std::int32_t>(march_year + (next_year ? 1 : 0)),
          static_cast<std::uint32_t>(next_year ? month - 9 : month + 3),
          static_cast<std::uint32_t>(day + 1)};
}

char* write_date(char* out, CivilDate date) noexcept {
  out = write_padded(out, static_cast<std::uint32_t>(date.year > 0 ? date.year : 1 - date.year), 4);
  *out++ = '-';
  out = write_padded(out, date.month, 2);
  *out++ = '-';
  return write_padded(out, date.day, 2);
}

char* write_minutes(char* out, std::uint32_t minutes) noexcept {
  out = write_padded(out, minutes / 60, 2);
  *out++ = ':';
  return write_padded(out, minutes % 60, 2);
}

char* write_seconds(char* out, std::uint32_t seconds) noexcept {
  *out++ = ':';
  return write_padded(out, seconds, 2);
}

char* write_time(char* out, std::int64_t microseconds_of_day) noexcept {
  const auto second = static_cast<std::uint32_t>(microseconds_of_day / kMicrosecondsPerSecond);
  const auto fraction = static_cast<std::uint32_t>(microseconds_of_day % kMicrosecondsPerSecond);
  out = write_minutes(out, second / 60);
  out = write_seconds(out, second % 60);
  if (fraction == 0) return out;
  *out++ = '.';
  return write_padded(out, fraction, 6);
}

char* write_offset(char* out, std::int32_t seconds) noexcept {
  const bool west = seconds < 0;
  // Negated without a sign, as the least value has no positive counterpart.
  const auto size =
      west ? 0U - static_cast<std::uint32_t>(seconds) : static_cast<std::uint32_t>(seconds);
  *out++ = west ? '-' : '+';
  out = write_minutes(out, size / 60);
  return size % 60 == 0 ? out : write_seconds(out, size % 60);
}

char* write_era(char* out, std::int32_t year) noexcept {
  if (year > 0) return out;
  std::memcpy(out, kEraMark.data(), kEraMark.size());
  return out + kEraMark.size();
}

struct LocalTime {
  CivilDate date;
  std::int64_t microseconds;  ///< since midnight
};

/// `offset_seconds` later than `microseconds` says. The offset is added to the time of day: to the
/// microseconds it might be more than they can hold.
LocalTime local_time(std::int64_t microseconds, std::int32_t offset_seconds) noexcept {
  const Quotient days = divide_down(microseconds, kMicrosecondsPerDay);
  const Quotient local =
      divide_down(days.remainder + offset_seconds * kMicrosecondsPerSecond, kMicrosecondsPerDay);
  return {date_from_days(days.value + local.value), local.remainder};
}

/// Writes the timestamp with what `write_zone` writes between its time and its era.
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
