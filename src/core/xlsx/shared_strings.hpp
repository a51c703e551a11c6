// The XML of a workbook's texts (ECMA-376, part 1, section 18.4), to which cells refer by number.
//
// They might stand in the cells themselves, but Apple's viewers show no such cell.
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

/// Begins the part: `cells` are the cells that hold a text, `texts` the texts that follow. Returns
/// one past the end.
char* write_shared_strings_head(char* out, std::uint64_t cells, std::uint32_t texts) noexcept;

/// Upper bound, in bytes, of what write_shared_string() writes of a text that fits a cell: no unit
/// takes more than an ASCII character that is escaped.
inline constexpr std::size_t kSharedStringBound = xml_text_bound(kCellTextMaximum) + 64;

/// Writes a text; returns one past the end.
char* write_shared_string(char* out, std::string_view text) noexcept;

inline constexpr std::string_view kSharedStringsEnd = "</sst>";

}  // namespace export_leads::core
