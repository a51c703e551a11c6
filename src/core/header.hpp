// Finds headers that a reader of the file would misunderstand: as missing, as equal to another, or
// as the mark of another file format.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <string_view>

namespace export_leads::core {

/// Whether `header` shows nothing: it is empty, or consists of blanks and invisible characters.
[[nodiscard]] bool is_blank_header(std::string_view header) noexcept;

/// Whether two headers are the same in a file, where CR, LF and CRLF are all the same line break.
[[nodiscard]] bool are_same_headers(std::string_view left, std::string_view right) noexcept;

/// Whether Excel takes a file that begins with `header` for SYLK, an old spreadsheet format, and
/// complains that it is damaged: it does so when a file without a byte order mark begins with ID.
[[nodiscard]] constexpr bool begins_as_sylk(std::string_view header) noexcept {
  return header.starts_with("ID");
}

}  // namespace export_leads::core
