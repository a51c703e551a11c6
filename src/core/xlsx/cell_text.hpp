// A text as a cell of a spreadsheet takes it: its lines end in line feeds, and it is not too long.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// The longest text of a cell in Excel, in UTF-16 units.
inline constexpr std::size_t kCellTextMaximum = 32'767;

/// Ends a text that was longer. It is one unit.
inline constexpr std::string_view kCutMark = "…";

/// Upper bound, in bytes, of a cell's text, where no unit takes more than three.
inline constexpr std::size_t kCellTextBound = 3 * kCellTextMaximum;

/// The bytes that fit_cell_text() needs to write into: a text of one unit too many, too.
inline constexpr std::size_t kCellTextScratchSize = kCellTextBound + 8;

struct CellText {
  std::string_view text;
  bool is_cut;
};

/// The text as a cell takes it: `text` itself or, where that needs a change, what is written into
/// `scratch`, which has room for kCellTextScratchSize.
///
/// Carriage returns, alone or before a line feed, become line feeds, as Excel has them: XML has no
/// other way to keep them than the escape _x000D_, which many readers show as it is. Beyond
/// kCellTextMaximum the text is cut between characters, with kCutMark as the end of what is left.
[[nodiscard]] CellText fit_cell_text(char* scratch, std::string_view text) noexcept;

/// How many lines a text has, however they end.
[[nodiscard]] std::uint32_t count_lines(std::string_view text) noexcept;

}  // namespace export_leads::core
