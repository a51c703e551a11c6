// Looks at text sixteen bytes at a time.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace export_leads::core {

/// Sixteen bytes that GCC and Clang compare at once, on any machine.
using Block [[gnu::vector_size(16)]] = std::uint8_t;
inline constexpr std::size_t kBlockSize = sizeof(Block);

/// Whether any byte of `block` is not zero.
inline bool has_set_byte(Block block) noexcept {
  std::array<std::uint64_t, 2> halves;
  std::memcpy(&halves, &block, kBlockSize);
  return (halves[0] | halves[1]) != 0;
}

/// The word or block that begins at `at`, which need not be aligned.
template <typename Word>
Word load(const char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof(Word));
  return word;
}

}  // namespace export_leads::core
