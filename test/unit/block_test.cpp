// Blocks of sixteen bytes.
#include "core/block.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>

namespace export_leads::test {
namespace {

TEST(Block, HasASetByteWhereverItIs) {
  EXPECT_FALSE(core::has_set_byte(core::Block{}));
  for (std::size_t i = 0; i < core::kBlockSize; ++i) {
    for (const int byte : {0x01, 0x80, 0xFF}) {
      core::Block block{};
      block[i] = static_cast<std::uint8_t>(byte);
      EXPECT_TRUE(core::has_set_byte(block)) << i;
    }
  }
}

TEST(Block, IsComparedByteByByte) {
  const auto block = core::load<core::Block>("abcdefgh,\"\n\xFFijk");
  EXPECT_TRUE(core::has_set_byte(static_cast<core::Block>(block == std::uint8_t{','})));
  EXPECT_TRUE(core::has_set_byte(static_cast<core::Block>(block >= std::uint8_t{0xFF})));
  EXPECT_FALSE(core::has_set_byte(static_cast<core::Block>(block == std::uint8_t{';'})));
}

TEST(Block, IsLoadedFromAnyAddressAndNotFromBeyondIt) {
  for (std::size_t offset = 0; offset < core::kBlockSize; ++offset) {
    const auto bytes = std::make_unique<char[]>(offset + core::kBlockSize);
    for (std::size_t i = 0; i < core::kBlockSize; ++i) {
      bytes[offset + i] = static_cast<char>('a' + i);
    }
    const auto block = core::load<core::Block>(bytes.get() + offset);
    for (std::size_t i = 0; i < core::kBlockSize; ++i) EXPECT_EQ(block[i], 'a' + i);
  }
}

TEST(Block, MayBeAWordOfTheMachine) {
  std::uint64_t expected = 0;
  std::memcpy(&expected, "12345678", 8);
  EXPECT_EQ(core::load<std::uint64_t>(&"0123456789"[1]), expected);
}

}  // namespace
}  // namespace export_leads::test
