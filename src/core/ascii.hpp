// Knows the letters and digits of ASCII, whatever the locale.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

namespace export_leads::core {

/// Whether `c` is one of 0 to 9.
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Whether `c` is one of A to Z or a to z.
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// `c` in lower case where it is one of A to Z; any other byte as it is.
[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace export_leads::core
