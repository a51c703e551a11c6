// What a header must not be: what readers of a file take for none, for another's, or for a format.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <string_view>

namespace export_leads::core {

/// Whether nothing of a header can be seen: it is blanks and invisible characters, or nothing.
[[nodiscard]] bool is_blank_header(std::string_view header) noexcept;

/// Whether two headers are the same in a file, where one line break is as good as another.
[[nodiscard]] bool are_same_headers(std::string_view left, std::string_view right) noexcept;

/// Whether Excel takes a file that begins with the header for SYLK, a format of spreadsheets, and
/// complains that it is none: the file begins with ID, without a byte order mark before it.
[[nodiscard]] constexpr bool begins_as_sylk(std::string_view header) noexcept {
  return header.starts_with("ID");
}

}  // namespace export_leads::core
