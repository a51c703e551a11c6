// UTF-8: every code point, every lead byte with every second one, and texts that end too soon, held
// against Unicode's table of well-formed sequences.
#include "core/utf8.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "text_oracle.hpp"

namespace export_leads::test {
namespace {

/// Encodes a code point by the bits of RFC 3629, section 3, even one that is no character.
std::string encoded(char32_t code, std::size_t size) {
  constexpr std::array<unsigned, 5> kLeads{0, 0, 0xC0, 0xE0, 0xF0};
  std::string bytes(size, '\0');
  for (std::size_t i = size; --i > 0; code >>= 6U)
    bytes[i] = static_cast<char>(0x80 | (code & 0x3FU));
  bytes[0] = static_cast<char>(kLeads.at(size) | code);
  return bytes;
}

std::size_t size_of(char32_t code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

core::Character decoded(std::string_view bytes) {
  return core::decode_utf8(bytes.data(), bytes.data() + bytes.size());
}

/// Decodes where no byte behind the text may be read.
core::Character decoded_alone(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return core::decode_utf8(copy.get(), copy.get() + bytes.size());
}

void expect_malformed(std::string_view bytes) {
  const core::Character character = decoded_alone(bytes);
  EXPECT_EQ(character.code, core::kMalformed) << testing::PrintToString(bytes);
  EXPECT_EQ(character.size, 1U) << testing::PrintToString(bytes);
}

TEST(Utf8, KnowsEveryCodePoint) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code == 0xD800) code = 0xE000;
    const core::Character character = decoded(encoded(code, size_of(code)));
    ASSERT_EQ(character.code, code);
    ASSERT_EQ(character.size, size_of(code)) << static_cast<unsigned>(code);
  }
}

TEST(Utf8, KnowsNoSurrogates) {
  for (const char32_t code : {0xD800, 0xDBFF, 0xDC00, 0xDFFF}) expect_malformed(encoded(code, 3));
}

TEST(Utf8, KnowsNothingBeyondUnicode) {
  expect_malformed(encoded(0x110000, 4));
  expect_malformed(encoded(0x13FFFF, 4));
  for (const char* lead : {"\xF5", "\xF7", "\xF8", "\xFC", "\xFE", "\xFF"}) {
    expect_malformed(lead + std::string(5, '\x80'));
  }
}

TEST(Utf8, KnowsNoOverlongForms) {
  for (const char32_t code : {0x00, 0x2F, 0x7F}) {
    for (const std::size_t size : {2U, 3U, 4U}) expect_malformed(encoded(code, size));
  }
  for (const char32_t code : {0x80, 0x7FF}) {
    for (const std::size_t size : {3U, 4U}) expect_malformed(encoded(code, size));
  }
  for (const char32_t code : {0x800, 0xFFFF}) expect_malformed(encoded(code, 4));
}

// A lead and its second byte decide what is well-formed; what follows need only be from 80 to BF.
TEST(Utf8, IsAsInUnicodesTable) {
  for (unsigned lead = 0; lead < 256; ++lead) {
    for (unsigned second = 0; second < 256; ++second) {
      for (const char* rest :
           {"", "\x80", "\xBF\x80", "\x7F\x80", "\xC0\x80", "\x80\x7F", "\x80\xC0"}) {
        const std::string bytes =
            std::string{static_cast<char>(lead), static_cast<char>(second)} + rest;
        const core::Character character = decoded(bytes);
        const std::u32string expected = code_points(bytes);
        const bool is_malformed = expected[0] == 0xFFFD;  // which itself is none of these
        ASSERT_EQ(character.code, is_malformed ? core::kMalformed : expected[0])
            << testing::PrintToString(bytes);
        ASSERT_EQ(character.size, is_malformed ? 1U : size_of(expected[0]))
            << testing::PrintToString(bytes);
      }
    }
  }
}

TEST(Utf8, IsMalformedWhereItEndsTooSoon) {
  for (const char32_t code : {0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
    const std::string bytes = encoded(code, size_of(code));
    EXPECT_EQ(decoded_alone(bytes).code, code);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
      expect_malformed(std::string_view{bytes}.substr(0, size));
      // Nor is a byte behind the end taken for one of the text.
      EXPECT_EQ(core::decode_utf8(bytes.data(), bytes.data() + size).code, core::kMalformed);
    }
  }
}

TEST(Utf8, CountsUnitsOfUtf16) {
  EXPECT_EQ(core::utf16_units(0), 1U);
  EXPECT_EQ(core::utf16_units(0xFFFF), 1U);
  EXPECT_EQ(core::utf16_units(0x10000), 2U);
  EXPECT_EQ(core::utf16_units(0x10FFFF), 2U);
  EXPECT_EQ(core::utf16_units(core::kMalformed), 1U) << "as U+FFFD, which replaces it";
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(core::first_units("abc", 3), "abc");
  EXPECT_EQ(core::first_units("abc", 2), "ab");
  EXPECT_EQ(core::first_units("abc", 0), "");
  EXPECT_EQ(core::first_units("שלום", 2), "של");
  EXPECT_EQ(core::first_units("a😀b", 1), "a");
  EXPECT_EQ(core::first_units("a😀b", 2), "a") << "half of a pair is none";
  EXPECT_EQ(core::first_units("a😀b", 3), "a😀");
  EXPECT_EQ(core::first_units("\xFF\xD7z", 2), "\xFF\xD7");
  EXPECT_EQ(core::first_units({}, 5), "");
}

}  // namespace
}  // namespace export_leads::test
