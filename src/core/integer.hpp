// Writes integers as decimal text.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace export_leads::core {

/// Upper bound, in bytes, of what write_integer() writes.
inline constexpr std::size_t kIntegerBound = std::string_view{"-9223372036854775808"}.size();

/// Writes `value` at `out`, which has room for kIntegerBound; returns one past the end.
inline char* write_integer(char* out, std::int64_t value) noexcept {
  return std::to_chars(out, out + kIntegerBound, value).ptr;
}

/// The two digits of each number from 00 to 99, one number after another.
inline constexpr auto kTwoDigits = [] {
  std::array<char, 200> table{};
  for (std::size_t i = 0; i < 100; ++i) {
    table[2 * i] = static_cast<char>('0' + i / 10);
    table[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return table;
}();

/// Writes the last `width` digits of `value`, zeros included, where `width` is an even number;
/// returns one past the end.
template <int width>
char* write_last_digits(char* out, std::uint32_t value) noexcept {
  static_assert(width % 2 == 0);
  if constexpr (width > 2) out = write_last_digits<width - 2>(out, value / 100);
  std::memcpy(out, &kTwoDigits[value % 100 * std::size_t{2}], 2);
  return out + 2;
}

/// Writes `value` in at least `width` digits, with zeros in front where it has fewer; `width` is an
/// even number. Returns one past the end.
template <int width>
char* write_padded(char* out, std::uint32_t value) noexcept {
  constexpr auto kShortestWider = [] {
    std::uint32_t power = 1;
    for (int i = 0; i < width; ++i) power *= 10;
    return power;
  }();
  return value < kShortestWider ? write_last_digits<width>(out, value) : write_integer(out, value);
}

}  // namespace export_leads::core
