// What a status may look like: the slug that names a column of the board.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

#include "core/ascii.hpp"

namespace export_leads::core {

/// The longest status, in bytes.
inline constexpr std::size_t kStatusMaximum = 64;

/// What is wrong with a status, if anything.
enum class StatusProblem { none, empty, too_long, bad_character };

/// Whether a status may hold `c`: an ASCII letter or digit, underscore or hyphen.
[[nodiscard]] constexpr bool is_status_character(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

/// The first problem of `status` in the order of the enumerators, or none.
[[nodiscard]] StatusProblem check_status(std::string_view status) noexcept;

/// Writes `text` with its ASCII letters in lower case at `out`, which has room for as many bytes;
/// returns one past the end. Other bytes stay as they are, whatever the locale.
char* write_lower(char* out, std::string_view text) noexcept;

}  // namespace export_leads::core
