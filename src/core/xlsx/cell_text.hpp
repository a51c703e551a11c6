// Fits a text to a spreadsheet's cell: its lines end in line feeds, and it is cut if it is too
// long.
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

/// The end of a text that was cut. It takes one UTF-16 unit.
inline constexpr std::string_view kCutMark = "…";

/// Upper bound, in bytes, of the text of a cell: no UTF-16 unit takes more than three bytes.
inline constexpr std::size_t kCellTextBound = 3 * kCellTextMaximum;

/// How many bytes fit_cell_text() needs to write into; they hold a text of one unit too many.
inline constexpr std::size_t kCellTextScratchSize = kCellTextBound + 8;

/// A text that fits a cell, and whether it was longer.
struct CellText {
  std::string_view text;
  bool is_cut;
};

/// `text` as a cell takes it: `text` itself or, where it must be changed, a copy in `scratch`,
/// which has room for kCellTextScratchSize.
///
/// A carriage return, alone or before a line feed, becomes a line feed, as in Excel: XML could keep
/// it only as the escape _x000D_, which many readers show literally. A text of more than
/// kCellTextMaximum units is cut between two characters, and ends in kCutMark.
[[nodiscard]] CellText fit_cell_text(char* scratch, std::string_view text) noexcept;

/// How many lines `text` has, whichever line breaks it uses.
[[nodiscard]] std::uint32_t count_lines(std::string_view text) noexcept;

}  // namespace export_leads::core
