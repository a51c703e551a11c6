// Integers, by example.
#include "core/integer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace export_leads::test {
namespace {

std::string written(std::int64_t value) {
  std::array<char, core::kIntegerBound> out{};
  return {out.data(), core::write_integer(out.data(), value)};
}

std::string padded(std::uint32_t value, int width) {
  std::array<char, 16> out{};
  return {out.data(), core::write_padded(out.data(), value, width)};
}

TEST(Integer, WritesDecimalDigits) {
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(7), "7");
  EXPECT_EQ(written(-5), "-5");
  EXPECT_EQ(written(4151), "4151");
}

TEST(Integer, FillsItsBound) {
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  static_assert(core::kIntegerBound == 20);
}

TEST(Integer, PadsWithZeros) {
  EXPECT_EQ(padded(0, 1), "0");
  EXPECT_EQ(padded(0, 2), "00");
  EXPECT_EQ(padded(9, 2), "09");
  EXPECT_EQ(padded(10, 2), "10");
  EXPECT_EQ(padded(44, 4), "0044");
  EXPECT_EQ(padded(1, 6), "000001");
  EXPECT_EQ(padded(999'999, 6), "999999");
}

TEST(Integer, CutsNoDigit) {
  EXPECT_EQ(padded(10'000, 4), "10000");
  EXPECT_EQ(padded(std::numeric_limits<std::uint32_t>::max(), 2), "4294967295");
}

}  // namespace
}  // namespace export_leads::test
