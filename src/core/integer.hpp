// Integers as decimal text.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// Upper bound, in bytes, of what write_integer() writes.
inline constexpr std::size_t kIntegerBound = std::string_view{"-9223372036854775808"}.size();

/// Writes `value` at `out`, which has room for kIntegerBound; returns one past the end.
inline char* write_integer(char* out, std::int64_t value) noexcept {
  return std::to_chars(out, out + kIntegerBound, value).ptr;
}

/// Writes `value` with zeros before it up to `width` digits, or as many digits as it has where they
/// are more; returns one past the end.
inline char* write_padded(char* out, std::uint32_t value, int width) noexcept {
  std::uint32_t shortest_wider = 10;
  for (int digits = 1; digits < width; ++digits) {
    if (value < shortest_wider) *out++ = '0';
    shortest_wider *= 10;
  }
  return write_integer(out, value);
}

}  // namespace export_leads::core
