// ASCII letters and digits, for every byte.
#include "core/ascii.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace export_leads::test {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";

TEST(Ascii, KnowsItsLettersAndDigitsAmongAllBytes) {
  for (int code = 0; code < 256; ++code) {
    const auto c = static_cast<char>(code);
    const std::size_t upper = kUpper.find(c);
    const bool is_lower = kLower.find(c) != std::string_view::npos;
    EXPECT_EQ(core::is_digit(c), kDigits.find(c) != std::string_view::npos) << code;
    EXPECT_EQ(core::is_letter(c), upper != std::string_view::npos || is_lower) << code;
    EXPECT_EQ(core::to_lower(c), upper == std::string_view::npos ? c : kLower[upper]) << code;
  }
}

}  // namespace
}  // namespace export_leads::test
