// Writes the XML of a workbook's texts (ECMA-376, part 1, section 18.4), to which cells refer by
// number.
//
// Texts could stand in the cells themselves, but Apple's viewers do not show such cells.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/xlsx/cell_text.hpp"
#include "core/xlsx/xml_text.hpp"

namespace export_leads::core {

/// Upper bound, in bytes, of what write_shared_strings_head() writes.
inline constexpr std::size_t kSharedStringsHeadBound = 192;

/// Writes the beginning of the part at `out`, which has room for kSharedStringsHeadBound; returns
/// one past the end. `cells` is how many cells hold a text, and `texts` how many texts follow.
char* write_shared_strings_head(char* out, std::uint64_t cells, std::uint32_t texts) noexcept;

/// Upper bound, in bytes, of what write_shared_string() writes for a text that fits a cell: no
/// UTF-16 unit takes more bytes than an escaped ASCII character.
inline constexpr std::size_t kSharedStringBound = xml_text_bound(kCellTextMaximum) + 64;

/// Writes a text that fits a cell at `out`, which has room for kSharedStringBound; returns one past
/// the end.
char* write_shared_string(char* out, std::string_view text) noexcept;

/// Ends the part.
inline constexpr std::string_view kSharedStringsEnd = "</sst>";

}  // namespace export_leads::core
