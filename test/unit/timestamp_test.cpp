// Timestamps, by example and against <chrono>'s calendar.
#include "core/timestamp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace export_leads::test {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using namespace std::chrono_literals;

constexpr sys_days kPostgresEpoch{2000y / 1 / 1};
constexpr std::int64_t kMinimum = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMaximum = std::numeric_limits<std::int64_t>::max();

/// PostgreSQL's count for a date and the time since its midnight.
std::int64_t postgres_microseconds(year_month_day date, microseconds time = {}) {
  return (microseconds{sys_days{date} - kPostgresEpoch} + time).count();
}

/// Writes into exactly the room the bound promises, with a canary behind it.
std::string written(std::int64_t value, std::optional<std::int32_t> offset = {}) {
  std::array<char, core::kTimestampBound + 1> out{};
  out.back() = '#';
  char* end = offset ? core::write_timestamp(out.data(), value, *offset)
                     : core::write_timestamp(out.data(), value);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), end};
}

/// Writes a spreadsheet's timestamp into exactly the room the bound promises.
std::string spreadsheet(std::int64_t value, std::int32_t offset = 0) {
  std::array<char, core::kTimestampBound + 1> out{};
  out.back() = '#';
  char* end = core::write_spreadsheet_timestamp(out.data(), value, offset);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), end};
}

std::string written(year_month_day date, microseconds time = {}) {
  return written(postgres_microseconds(date, time));
}

/// The rule again, with <chrono> and printf. <chrono>'s years end at 32767, so a date is first
/// moved by whole cycles of 400 years, in each of which the calendar is the same.
std::string reference(std::int64_t value) {
  constexpr std::int64_t kCycle = 146'097 * microseconds{days{1}}.count();
  const microseconds in_cycle{value % kCycle};
  const auto whole_days = std::chrono::floor<days>(in_cycle);
  const year_month_day date{kPostgresEpoch + whole_days};
  const std::int64_t year = static_cast<int>(date.year()) + 400 * (value / kCycle);
  const std::chrono::hh_mm_ss time{in_cycle - whole_days};

  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04lld-%02u-%02uT%02lld:%02lld:%02lld",
                static_cast<long long>(year > 0 ? year : 1 - year),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<long long>(time.hours().count()),
                static_cast<long long>(time.minutes().count()),
                static_cast<long long>(time.seconds().count()));
  std::string result = text.data();
  if (time.subseconds().count() != 0) {
    std::snprintf(text.data(), text.size(), ".%06lld",
                  static_cast<long long>(time.subseconds().count()));
    result += text.data();
  }
  return year > 0 ? result : result + " BC";
}

TEST(Timestamp, WritesIsoFormat) {
  EXPECT_EQ(written(0), "2000-01-01T00:00:00");
  EXPECT_EQ(written(2025y / 12 / 23, 10h + 11min + 12s), "2025-12-23T10:11:12");
  EXPECT_EQ(written(1970y / 1 / 1), "1970-01-01T00:00:00");
  EXPECT_EQ(written(1y / 1 / 1), "0001-01-01T00:00:00");
  EXPECT_EQ(written(9999y / 12 / 31, 23h + 59min + 59s), "9999-12-31T23:59:59");
}

TEST(Timestamp, WritesSixDigitsOfFractionOrNone) {
  EXPECT_EQ(written(2025y / 12 / 23, 1us), "2025-12-23T00:00:00.000001");
  EXPECT_EQ(written(2025y / 12 / 23, 500ms), "2025-12-23T00:00:00.500000");
  EXPECT_EQ(written(2025y / 12 / 23, 1s), "2025-12-23T00:00:01");
  EXPECT_EQ(written(-1), "1999-12-31T23:59:59.999999");
}

TEST(Timestamp, KnowsLeapDays) {
  EXPECT_EQ(written(2024y / 2 / 29), "2024-02-29T00:00:00");
  EXPECT_EQ(written(postgres_microseconds(2024y / 2 / 28, 24h)), "2024-02-29T00:00:00");
  EXPECT_EQ(written(2000y / 2 / 29), "2000-02-29T00:00:00");
  EXPECT_EQ(written(postgres_microseconds(1900y / 2 / 28, 24h)), "1900-03-01T00:00:00");
  EXPECT_EQ(written(postgres_microseconds(2100y / 2 / 28, 24h)), "2100-03-01T00:00:00");
  EXPECT_EQ(written(postgres_microseconds(2400y / 12 / 30, 24h)), "2400-12-31T00:00:00");
}

TEST(Timestamp, WritesYearsBeforeOneAsPostgresJsonDoes) {
  EXPECT_EQ(written(std::chrono::year{-43} / 3 / 15), "0044-03-15T00:00:00 BC");
  EXPECT_EQ(written(0y / 12 / 31, 24h - 1us), "0001-12-31T23:59:59.999999 BC");
  EXPECT_EQ(written(std::chrono::year{-4713} / 11 / 24), "4714-11-24T00:00:00 BC");
  EXPECT_EQ(written(-211'813'488'000'000'000), "4714-11-24T00:00:00 BC") << "PostgreSQL's earliest";
}

TEST(Timestamp, WritesAsManyDigitsAsTheYearNeeds) {
  EXPECT_EQ(written(10000y / 1 / 1), "10000-01-01T00:00:00");
  EXPECT_EQ(written(9'223'371'331'199'999'999), "294276-12-31T23:59:59.999999")
      << "PostgreSQL's last";
}

TEST(Timestamp, WritesLocalTimeWithItsOffset) {
  const std::int64_t value = postgres_microseconds(2025y / 12 / 23, 10h + 11min + 12s);
  EXPECT_EQ(written(value, 0), "2025-12-23T10:11:12+00:00");
  EXPECT_EQ(written(value, 7'200), "2025-12-23T12:11:12+02:00");
  EXPECT_EQ(written(value, -19'800), "2025-12-23T04:41:12-05:30");
  EXPECT_EQ(written(value, 8'454), "2025-12-23T12:32:06+02:20:54");
  EXPECT_EQ(written(value, -30), "2025-12-23T10:10:42-00:00:30");
  EXPECT_EQ(written(value + 500'000, 10'800), "2025-12-23T13:11:12.500000+03:00");
}

TEST(Timestamp, CarriesTheOffsetOverMidnight) {
  EXPECT_EQ(written(postgres_microseconds(2025y / 12 / 31, 23h), 7'200),
            "2026-01-01T01:00:00+02:00");
  EXPECT_EQ(written(postgres_microseconds(2024y / 3 / 1, 1h), -7'200), "2024-02-29T23:00:00-02:00");
  EXPECT_EQ(written(9'223'371'331'199'999'999, 7'200), "294277-01-01T01:59:59.999999+02:00")
      << "PostgreSQL's last, where the sum would not fit the microseconds";
}

TEST(Timestamp, WritesTheOffsetBeforeTheEra) {
  EXPECT_EQ(written(postgres_microseconds(std::chrono::year{-43} / 3 / 15), 8'454),
            "0044-03-15T02:20:54+02:20:54 BC");
}

TEST(SpreadsheetTimestamp, WritesWhatExcelReadsAsADate) {
  const std::int64_t value = postgres_microseconds(2025y / 12 / 23, 10h + 11min + 12s);
  EXPECT_EQ(spreadsheet(0), "2000-01-01 00:00:00");
  EXPECT_EQ(spreadsheet(value), "2025-12-23 10:11:12");
  EXPECT_EQ(spreadsheet(postgres_microseconds(1y / 1 / 1)), "0001-01-01 00:00:00");
  EXPECT_EQ(spreadsheet(postgres_microseconds(10000y / 1 / 1)), "10000-01-01 00:00:00");
  EXPECT_EQ(spreadsheet(postgres_microseconds(0y / 12 / 31)), "0001-12-31 00:00:00 BC");
}

TEST(SpreadsheetTimestamp, DropsTheFractionAndNeverRounds) {
  EXPECT_EQ(spreadsheet(999'999), "2000-01-01 00:00:00");
  EXPECT_EQ(spreadsheet(-1), "1999-12-31 23:59:59");
  EXPECT_EQ(spreadsheet(postgres_microseconds(2025y / 12 / 31, 24h - 1us)), "2025-12-31 23:59:59");
}

TEST(SpreadsheetTimestamp, WritesLocalTimeWithoutItsOffset) {
  const std::int64_t value = postgres_microseconds(2025y / 12 / 31, 23h);
  EXPECT_EQ(spreadsheet(value, 7'200), "2026-01-01 01:00:00");
  EXPECT_EQ(spreadsheet(value, -19'800), "2025-12-31 17:30:00");
  EXPECT_EQ(spreadsheet(value, 8'454), "2026-01-01 01:20:54");
}

TEST(SpreadsheetTimestamp, IsIsoFormatButForSeparatorFractionAndOffset) {
  std::mt19937_64 engine{1900};
  std::uniform_int_distribution<std::int64_t> any{kMinimum, kMaximum};
  std::uniform_int_distribution<std::int32_t> offsets{-57'599, 57'599};
  for (int i = 0; i < 200'000; ++i) {
    const std::int64_t value = any(engine);
    const std::int32_t offset = offsets(engine);
    std::string expected = written(value, offset);
    const std::size_t separator = expected.find('T');
    const std::string era = expected.ends_with(" BC") ? " BC" : "";
    expected.resize(separator + std::string_view{"T23:59:59"}.size());
    expected[separator] = ' ';
    ASSERT_EQ(spreadsheet(value, offset), expected + era) << value << ' ' << offset;
  }
}

TEST(SpreadsheetTimestamp, TakesAnyValue) {
  for (const std::int64_t value : {kMinimum, kMaximum}) {
    for (const std::int32_t offset :
         {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
      EXPECT_LE(spreadsheet(value, offset).size(), core::kTimestampBound);
    }
  }
}

TEST(Timestamp, TakesAnyValue) {
  EXPECT_EQ(written(kMinimum), reference(kMinimum));
  EXPECT_EQ(written(kMaximum), reference(kMaximum));
  const std::string longest = written(kMinimum, std::numeric_limits<std::int32_t>::min());
  EXPECT_TRUE(longest.ends_with("-596523:14:08 BC")) << longest;
  EXPECT_EQ(longest.size(), core::kTimestampBound);
  EXPECT_TRUE(
      written(kMaximum, std::numeric_limits<std::int32_t>::max()).ends_with("+596523:14:07"));
}

TEST(Timestamp, AgreesWithChronoOnEveryDayOfFourCenturies) {
  for (sys_days day{1799y / 1 / 1}; day < sys_days{2201y / 1 / 1}; day += days{1}) {
    const std::int64_t value = microseconds{day - kPostgresEpoch}.count();
    ASSERT_EQ(written(value), reference(value)) << value;
    ASSERT_EQ(written(value - 1), reference(value - 1)) << value;
  }
}

TEST(Timestamp, AgreesWithChronoOnRandomValues) {
  std::mt19937_64 engine{2000};
  std::uniform_int_distribution<std::int64_t> any{kMinimum, kMaximum};
  constexpr std::int64_t kThousandYears = 31'556'952'000'000'000;
  std::uniform_int_distribution<std::int64_t> recent{-3 * kThousandYears, kThousandYears};
  for (int i = 0; i < 200'000; ++i) {
    for (const std::int64_t value : {any(engine), recent(engine)}) {
      ASSERT_EQ(written(value), reference(value)) << value;
    }
  }
}

}  // namespace
}  // namespace export_leads::test
