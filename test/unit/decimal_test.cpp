// Which decimals are numbers to a spreadsheet, by example and held against a double.
#include "core/xlsx/decimal.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace export_leads::test {
namespace {

using core::exact_decimal;

TEST(Decimal, OfFifteenDigitsIsANumber) {
  EXPECT_EQ(exact_decimal("0"), "0");
  EXPECT_EQ(exact_decimal("-12500.50"), "-12500.5");
  EXPECT_EQ(exact_decimal("1.00000000000000000000"), "1");
  EXPECT_EQ(exact_decimal("0.000"), "0");
  EXPECT_EQ(exact_decimal("100"), "100");
  EXPECT_EQ(exact_decimal("999999999999999"), "999999999999999");
  EXPECT_EQ(exact_decimal("123456789012.345"), "123456789012.345");
  EXPECT_EQ(exact_decimal("0.00000123456789012345"), "0.00000123456789012345");
}

TEST(Decimal, OfMoreDigitsIsNone) {
  EXPECT_EQ(exact_decimal("1000000000000000"), "");
  EXPECT_EQ(exact_decimal("-1000000000000000"), "");
  EXPECT_EQ(exact_decimal("0.1234567890123456"), "");
  EXPECT_EQ(exact_decimal("1234567890123.456"), "");
  EXPECT_EQ(exact_decimal("1000000000000000.00"), "");
}

TEST(Decimal, NearZeroIsNone) {
  EXPECT_EQ(exact_decimal("0." + std::string(297, '0') + "1").size(), 300U);
  EXPECT_EQ(exact_decimal("0." + std::string(298, '0') + "1"), "");
  EXPECT_EQ(exact_decimal("0." + std::string(400, '0')), "0");
}

TEST(Decimal, IsDigitsAndAPoint) {
  for (const char* text :
       {"", "-", ".", "NaN", "Infinity", "-Infinity", "1e5", "1,000", "+1", "1.2.3"})
    EXPECT_EQ(exact_decimal(text), "") << text;
}

TEST(Decimal, IsTheSameAfterADouble) {
  std::mt19937_64 random{754};
  for (int i = 0; i < 20'000; ++i) {
    std::string digits = std::to_string(1 + random() % 999'999'999'999'999);
    digits.insert(random() % digits.size() + 1, ".");
    const std::string exact{exact_decimal(digits + "0")};
    ASSERT_NE(exact, "") << digits;
    const double value = std::strtod(exact.c_str(), nullptr);
    char shown[64];
    std::snprintf(shown, sizeof shown, "%.15g", value);
    EXPECT_EQ(std::strtod(shown, nullptr), value);
    EXPECT_EQ(std::string{shown}.find('e'), std::string::npos);
    EXPECT_EQ(shown, exact);
  }
}

}  // namespace
}  // namespace export_leads::test
