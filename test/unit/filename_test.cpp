// File names, by example.
#include "core/filename.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace export_leads::test {
namespace {

using core::Date;

/// Writes into exactly the room the bound promises, with a canary behind it.
std::string written(std::string_view status, Date date, std::string_view extension = "csv") {
  const std::size_t bound = core::filename_bound(status.size(), extension.size());
  std::vector<char> out(bound + 1, '#');
  char* end = core::write_filename(out.data(), status, date, extension);
  const auto size = static_cast<std::size_t>(end - out.data());
  EXPECT_LE(size, bound);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), size};
}

TEST(Filename, NamesStatusAndDate) {
  EXPECT_EQ(written("new", {2025, 12, 23}), "outbound_leads_status_new_2025-12-23.csv");
  EXPECT_EQ(written("no_answer-2", {2026, 1, 2}, "xlsx"),
            "outbound_leads_status_no_answer-2_2026-01-02.xlsx");
}

TEST(Filename, DropsWhatAStatusMayNotHold) {
  EXPECT_EQ(written("../../etc/passwd", {2025, 12, 23}),
            "outbound_leads_status_etcpasswd_2025-12-23.csv");
  EXPECT_EQ(written("a\r\nSet-Cookie: b", {2025, 12, 23}),
            "outbound_leads_status_aSet-Cookieb_2025-12-23.csv");
  EXPECT_EQ(written("חדש \"new\"", {2025, 12, 23}), "outbound_leads_status_new_2025-12-23.csv");
  EXPECT_EQ(written("חדש", {2025, 12, 23}), "outbound_leads_status__2025-12-23.csv");
  EXPECT_EQ(written({}, {2025, 12, 23}, {}), "outbound_leads_status__2025-12-23.");
}

TEST(Filename, WritesAtLeastFourDigitsOfTheYear) {
  EXPECT_EQ(written("new", {1, 1, 1}), "outbound_leads_status_new_0001-01-01.csv");
  EXPECT_EQ(written("new", {294276, 12, 31}), "outbound_leads_status_new_294276-12-31.csv");
}

TEST(Filename, KeepsToItsBoundWhateverTheDate) {
  constexpr std::int32_t kMinimum = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kMaximum = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(written("new", {kMinimum, kMinimum, kMinimum}).size(), core::filename_bound(3, 3));
  EXPECT_EQ(written("new", {kMaximum, -1, 0}), "outbound_leads_status_new_2147483647--01-00.csv");
}

}  // namespace
}  // namespace export_leads::test
