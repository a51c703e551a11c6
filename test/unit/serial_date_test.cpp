// Serial numbers of dates, as Excel shows them and held against <chrono>'s calendar.
#include "core/xlsx/serial_date.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <random>
#include <string>
#include <string_view>

namespace export_leads::test {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr sys_days kPostgresEpoch{2000y / 1 / 1};
constexpr sys_days kFirst{1900y / 3 / 1};
constexpr sys_days kLast{9999y / 12 / 31};

std::int32_t postgres_days(sys_days date) {
  return static_cast<std::int32_t>((date - kPostgresEpoch).count());
}

std::int64_t postgres_microseconds(sys_days date) { return postgres_days(date) * kDay; }

/// Writes into exactly the room the bound promises, with a canary behind it.
std::string written(std::int64_t microseconds) {
  std::array<char, core::kSerialDateBound + 1> out{};
  out.back() = '#';
  char* end = core::write_serial_date(out.data(), microseconds);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), end};
}

struct Example {
  year_month_day date;
  int serial;
};

// =DATE(1904,1,1) and the others, formatted as numbers.
constexpr auto kExcelsDates = std::to_array<Example>({
    {1900y / 3 / 1, 61},      // not 60: Excel counts a 29th of February in 1900
    {1904y / 1 / 1, 1462},    // where the calendar of old Macintoshes begins
    {1970y / 1 / 1, 25'569},  // where Unix time begins
    {1999y / 12 / 31, 36'525},
    {2000y / 1 / 1, 36'526},
    {2000y / 2 / 29, 36'585},  // a leap day, though a century's
    {2000y / 3 / 1, 36'586},
    {2008y / 1 / 1, 39'448},
    {2024y / 2 / 29, 45'351},
    {2100y / 2 / 28, 73'109},
    {2100y / 3 / 1, 73'110},  // without a leap day
    {9999y / 12 / 31, 2'958'465},
});

TEST(SerialDate, IsExcels) {
  for (const Example& example : kExcelsDates) {
    EXPECT_EQ(core::serial_day(postgres_days(example.date)), example.serial);
    EXPECT_EQ(written(postgres_microseconds(example.date)), std::to_string(example.serial));
  }
}

TEST(SerialDate, CountsDaysFrom1899InAllOfItsRange) {
  for (sys_days date = kFirst; date <= kLast; date += days{1}) {
    const std::int64_t serial = (date - sys_days{1899y / 12 / 30}).count();
    const bool is_in_range = core::has_serial_day(postgres_days(date)) &&
                             core::has_serial_date(postgres_microseconds(date));
    const bool is_serial = core::serial_day(postgres_days(date)) == serial &&
                           written(postgres_microseconds(date)) == std::to_string(serial);
    ASSERT_TRUE(is_in_range && is_serial) << serial;
  }
}

TEST(SerialDate, IsNotOfDaysThatExcelAndLibreOfficeNumberDifferently) {
  for (const year_month_day date :
       {1900y / 2 / 28, 1900y / 1 / 1, 1899y / 12 / 31, 1899y / 12 / 30, -4712y / 1 / 1}) {
    EXPECT_FALSE(core::has_serial_day(postgres_days(date)));
    EXPECT_FALSE(core::has_serial_date(postgres_microseconds(date)));
  }
  EXPECT_FALSE(core::has_serial_date(postgres_microseconds(kFirst) - 1));
}

TEST(SerialDate, EndsWithTheYear9999) {
  const sys_days end = kLast + days{1};
  EXPECT_FALSE(core::has_serial_day(postgres_days(end)));
  EXPECT_FALSE(core::has_serial_date(postgres_microseconds(end)));
  EXPECT_TRUE(core::has_serial_date(postgres_microseconds(end) - 1));
}

TEST(SerialDate, HasNoneAtTheEndsOfItsTypes) {
  EXPECT_FALSE(core::has_serial_date(std::numeric_limits<std::int64_t>::min()));
  EXPECT_FALSE(core::has_serial_date(std::numeric_limits<std::int64_t>::max()));
  EXPECT_FALSE(core::has_serial_day(std::numeric_limits<std::int32_t>::min()));
  EXPECT_FALSE(core::has_serial_day(std::numeric_limits<std::int32_t>::max()));
}

TEST(SerialDate, HasTheTimeOfDayAsAFraction) {
  EXPECT_EQ(written(kDay / 2), "36526.5");
  EXPECT_EQ(written(kDay / 4), "36526.25");
  EXPECT_EQ(written(3 * kDay / 4), "36526.75");
  EXPECT_EQ(written(kDay / 24), "36526.041666666667");
  EXPECT_EQ(written(kSecond), "36526.000011574074");
  EXPECT_EQ(written(1), "36526.000000000012");
  EXPECT_EQ(written(kDay - 1), "36526.999999999988");
  EXPECT_EQ(written(-1), "36525.999999999988") << "the day before";
  EXPECT_EQ(written(864 * kSecond), "36526.01") << "without zeros at its end";
  EXPECT_EQ(written(postgres_microseconds(kFirst) + 1), "61.000000000012");
}

TEST(SerialDate, FillsItsBound) {
  EXPECT_EQ(written(postgres_microseconds(kLast) + kDay - 1), "2958465.999999999988");
  EXPECT_EQ(written(postgres_microseconds(kLast) + kDay - 1).size(), core::kSerialDateBound);
}

/// The twelve decimals behind the point, as an integer; zeros that were left out are put back.
std::int64_t decimals(std::string_view number) {
  const std::size_t point = number.find('.');
  std::string digits{point == std::string_view::npos ? "" : number.substr(point + 1)};
  EXPECT_LE(digits.size(), 12U);
  digits.resize(12, '0');
  return std::stoll(digits);
}

// A microsecond is 11.57 units of the twelfth decimal, so one that is rounded tells all apart.
TEST(SerialDate, IsExactToTheMicrosecond) {
  std::mt19937_64 random{1900};
  for (int i = 0; i < 200'000; ++i) {
    const auto time = static_cast<std::int64_t>(random() % kDay);
    const auto day = static_cast<std::int32_t>(random() % 2'900'000) - 36'000;
    const std::string number = written(day * kDay + time);
    ASSERT_EQ(std::stoll(number), 36'526 + day) << number;
    // Both in units of which a day has 864 * 10^14.
    const std::int64_t error = decimals(number) * 864 - time * 10'000;
    ASSERT_LE(std::abs(error), 864 / 2) << number;
    ASSERT_FALSE(number.ends_with('0') && number.find('.') != std::string::npos) << number;
    ASSERT_FALSE(number.ends_with('.')) << number;
  }
}

}  // namespace
}  // namespace export_leads::test
