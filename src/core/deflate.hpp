// Compresses bytes into deflate's format (RFC 1951): to about the size of zlib's level 2, and more
// than twice as fast. The output depends on nothing but the input. What faster libraries write
// depends on the processor, and what zlib writes on its version.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace export_leads::core {

/// How far back bytes are looked for that repeat, in bytes.
inline constexpr std::size_t kDeflateWindow = 32'768;

/// How many literals and matches a block holds at most.
inline constexpr std::size_t kBlockTokens = 16'384;

/// A stream as it is compressed, about 84 kB. It may hold anything before begin_deflate().
struct Deflater {
  std::uint64_t bits;                     ///< of the byte that is yet to be written
  std::uint32_t bit_count;                ///< how many: at most 7
  std::uint16_t position;                 ///< how many bytes were added, modulo 65,536
  std::array<std::uint16_t, 8192> heads;  ///< by hash, the position where such bytes were last seen
  std::array<std::uint32_t, kBlockTokens> tokens;
  std::size_t token_count;
  std::array<std::uint32_t, 512> value_counts;    ///< how many tokens have that value
  std::array<std::uint32_t, 31> distance_counts;  ///< how many have a distance of that symbol
};
static_assert(std::is_trivially_destructible_v<Deflater>);

void begin_deflate(Deflater& deflater) noexcept;

/// Upper bound, in bytes, of what write_deflated() writes for `size` bytes: the longest codes, and
/// the codes' description, which takes no more than 600 bytes, for each block.
[[nodiscard]] constexpr std::size_t deflate_bound(std::size_t size) noexcept {
  return 2 * size + 600 * (size / kBlockTokens + 2);
}

/// Compresses `bytes` to `out`, which has room for deflate_bound(); returns one past the end. The
/// `history` bytes before them in memory are the last ones that were compressed, and may repeat.
/// Ends the stream where `is_last`.
char* write_deflated(Deflater& deflater, char* out, std::size_t history, std::string_view bytes,
                     bool is_last) noexcept;

/// The size, in bytes, of what write_stored() writes for `size` bytes.
[[nodiscard]] constexpr std::size_t stored_size(std::size_t size) noexcept {
  constexpr std::size_t kBlock = 65'535;
  constexpr std::size_t kBlockHeader = 5;
  return size + kBlockHeader * (size == 0 ? 1 : (size + kBlock - 1) / kBlock);
}

/// Writes `bytes` as they are, in blocks of that kind, at `out`, which has room for stored_size();
/// returns one past the end. Ends the stream where `is_last`. Such blocks begin a stream, or follow
/// others of their kind.
char* write_stored(char* out, std::string_view bytes, bool is_last) noexcept;

}  // namespace export_leads::core
