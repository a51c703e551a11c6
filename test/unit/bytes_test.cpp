// Bytes as numbers, and copied.
#include "core/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace export_leads::test {
namespace {

TEST(Bytes, AreNumbersFrom0To255) {
  for (int code = 0; code < 256; ++code) EXPECT_EQ(core::to_byte(static_cast<char>(code)), code);
}

TEST(Bytes, AreCopiedAsTheyAre) {
  std::array<char, 5> out{'#', '#', '#', '#', '#'};
  const std::string_view bytes{"\0\xFF\n", 3};
  EXPECT_EQ(core::write_bytes(out.data(), bytes), out.data() + 3);
  EXPECT_EQ(std::string(out.data(), out.size()), (std::string{"\0\xFF\n##", 5}));
}

// An SQL NULL is a view of nothing, whose null pointer memcpy may not be given.
TEST(Bytes, MayBeNoneAndHaveNoAddress) {
  char out = '#';
  EXPECT_EQ(core::write_bytes(&out, {}), &out);
  EXPECT_EQ(out, '#');
}

}  // namespace
}  // namespace export_leads::test
