// Huffman's codes as deflate has them: prefix codes of limited length, which their lengths alone
// determine (RFC 1951, section 3.2.2).
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <span>

namespace export_leads::core {

/// How many symbols an alphabet has at most.
inline constexpr std::size_t kSymbolMaximum = 286;

/// The most bits of a code.
inline constexpr std::uint32_t kLongestCode = 15;

/// A code, whose first bit is the lowest.
struct Code {
  std::uint32_t bits;
  std::uint32_t size;
};

/// Writes the length in bits of each symbol's code to `sizes`: 0 for a symbol that does not occur,
/// and at most `limit`, which allows for as many codes as there are symbols. At least two symbols
/// must occur, and all of them together less than 2^23 times. The codes take the least room for
/// symbols that occur so often, unless Huffman's would be longer than the limit.
void find_code_sizes(std::span<const std::uint32_t> counts, std::uint32_t limit,
                     std::uint8_t* sizes) noexcept;

/// Writes the code of each symbol to `codes`, for lengths that find_code_sizes() found.
void assign_codes(std::span<const std::uint8_t> sizes, Code* codes) noexcept;

}  // namespace export_leads::core
