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

template <int width>
std::string padded(std::uint32_t value) {
  std::array<char, 16> out{};
  return {out.data(), core::write_padded<width>(out.data(), value)};
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
  EXPECT_EQ(padded<2>(0), "00");
  EXPECT_EQ(padded<2>(9), "09");
  EXPECT_EQ(padded<2>(10), "10");
  EXPECT_EQ(padded<4>(44), "0044");
  EXPECT_EQ(padded<6>(1), "000001");
  EXPECT_EQ(padded<6>(999'999), "999999");
}

TEST(Integer, CutsNoDigit) {
  EXPECT_EQ(padded<4>(10'000), "10000");
  EXPECT_EQ(padded<2>(std::numeric_limits<std::uint32_t>::max()), "4294967295");
}

}  // namespace
}  // namespace export_leads::test
