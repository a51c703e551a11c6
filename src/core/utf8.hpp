// Reads UTF-8 one character at a time, and measures text as spreadsheets do: in UTF-16 units.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

#include "core/bytes.hpp"

namespace export_leads::core {

/// One character of a text and how many bytes it takes.
struct Character {
  char32_t code;
  std::size_t size;
};

/// The code of a byte that begins no well-formed character; such a byte is taken by itself.
inline constexpr char32_t kMalformed = 0xFFFFFFFF;

/// The character that begins at `at`, which is before `end`. Overlong forms, surrogates, codes
/// beyond U+10FFFF and characters that end too soon are malformed.
[[nodiscard]] constexpr Character decode_utf8(const char* at, const char* end) noexcept {
  constexpr Character kNone{kMalformed, 1};
  const auto byte = [at](std::ptrdiff_t i) noexcept { return to_byte(at[i]); };
  const auto follows = [&](std::ptrdiff_t i) noexcept {
    return end - at > i && (byte(i) & 0xC0U) == 0x80U;
  };
  const auto bits = [&](std::ptrdiff_t i) noexcept { return byte(i) & 0x3FU; };

  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4 || !follows(1)) return kNone;
  if (lead < 0xE0) return {(lead & 0x1FU) << 6U | bits(1), 2};
  if (!follows(2)) return kNone;
  if (lead < 0xF0) {
    const char32_t code = (lead & 0x0FU) << 12U | bits(1) << 6U | bits(2);
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < 0x800 || is_surrogate ? kNone : Character{code, 3};
  }
  if (!follows(3)) return kNone;
  const char32_t code = (lead & 0x07U) << 18U | bits(1) << 12U | bits(2) << 6U | bits(3);
  return code < 0x10000 || code > 0x10FFFF ? kNone : Character{code, 4};
}

/// How many UTF-16 units a character takes: two above U+FFFF, else one. A malformed byte counts as
/// one, the unit of U+FFFD that replaces it.
[[nodiscard]] constexpr std::size_t utf16_units(char32_t code) noexcept {
  return code > 0xFFFF && code != kMalformed ? 2 : 1;
}

/// The longest beginning of `text` that consists of whole characters and takes at most `units`
/// UTF-16 units.
[[nodiscard]] constexpr std::string_view first_units(std::string_view text,
                                                     std::size_t units) noexcept {
  if (text.size() <= units) return text;  // no character has more units than bytes
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begin;
  while (at != end) {
    const Character character = decode_utf8(at, end);
    const std::size_t taken = utf16_units(character.code);
    if (taken > units) break;
    units -= taken;
    at += character.size;
  }
  return {begin, static_cast<std::size_t>(at - begin)};
}

}  // namespace export_leads::core
