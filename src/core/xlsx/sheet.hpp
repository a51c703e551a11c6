// Writes the XML of a worksheet (ECMA-376, part 1, section 18.3) piece by piece: what comes before
// the rows, the rows and their cells, and what comes after them.
//
// Cells and rows state their place. They could leave it out, and files would be a third smaller,
// but Microsoft Access, ClosedXML and EPPlus cannot read those.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/xlsx/decimal.hpp"

namespace export_leads::core {

/// How many rows a sheet has in Excel.
inline constexpr std::uint32_t kSheetRowMaximum = 1'048'576;

/// Where a cell is, or how many columns and rows there are: both count from 1.
struct CellPlace {
  std::uint32_t column;
  std::uint32_t row;
};

/// Upper bound, in bytes, of what write_range() writes.
inline constexpr std::size_t kRangeBound = std::string_view{"$XFD$1048576:$XFD$1048576"}.size();

/// Writes the range from A1 to `last`, as A1:K20, or $A$1:$K$20 where it is `absolute`, at `out`,
/// which has room for kRangeBound; returns one past the end.
char* write_range(char* out, CellPlace last, bool absolute) noexcept;

/// The size, in bytes, of the beginning of a sheet, up to the number of its rows. It is the same
/// for every sheet, so that the beginning can be overwritten when that number is known.
inline constexpr std::size_t kSheetHeadSize = 192;

/// Writes the beginning of a sheet, whose last cell is `last`, as exactly kSheetHeadSize bytes at
/// `out`; returns one past the end.
char* write_sheet_head(char* out, CellPlace last) noexcept;

/// Upper bound, in bytes, of what write_sheet_view() and write_column_width() write.
inline constexpr std::size_t kSheetViewBound = 320;

/// Writes what follows the head at `out`, which has room for kSheetViewBound; returns one past the
/// end. The first row stays in sight. The widths of all columns come next, and then kSheetRows.
char* write_sheet_view(char* out, bool right_to_left) noexcept;

/// Writes the width of a column, in characters, at `out`, which has room for kSheetViewBound;
/// returns one past the end.
char* write_column_width(char* out, std::uint32_t column, std::uint32_t characters) noexcept;

/// Ends the widths of the columns, and begins the rows.
inline constexpr std::string_view kSheetRows = "</cols><sheetData>";

/// Upper bound, in bytes, of what write_row_begin() writes.
inline constexpr std::size_t kRowBeginBound = 32;

/// How many lines of a row are shown at most, and how high a line is, in points.
inline constexpr std::uint32_t kShownLines = 5;
inline constexpr std::uint32_t kLineHeight = 15;

/// Writes the beginning of a row at `out`, which has room for kRowBeginBound; returns one past the
/// end. A row of several lines states its height: Excel would work it out, but LibreOffice would
/// let the lines overlap the next row.
char* write_row_begin(char* out, std::uint32_t row, std::uint32_t lines) noexcept;

/// Ends a row.
inline constexpr std::string_view kRowEnd = "</row>";

/// Upper bound, in bytes, of what each of the functions that write a cell writes. They write at
/// `out`, which has room for it, and return one past the end.
inline constexpr std::size_t kCellBound = kDecimalBound + 64;

/// How a text is shown.
enum class TextStyle { header, cell };

/// The style of a cell with `text`, as an attribute. In none of them is a text a formula, nor does
/// it become one when somebody edits it. A text without letters, such as a phone number, is shown
/// left to right, because from right to left +972 50 1234567 would have its parts in reverse order;
/// a text with line feeds is shown in lines.
[[nodiscard]] std::string_view style_of(std::string_view text, TextStyle style) noexcept;

/// Writes the cell of a text, which is given by its number among the shared strings.
char* write_text_cell(char* out, CellPlace place, std::uint32_t text,
                      std::string_view style) noexcept;

/// Writes the cell of a number, which is given as it stands in XML, in at most kDecimalBound bytes.
char* write_number_cell(char* out, CellPlace place, std::string_view number) noexcept;

/// Writes the cell of a Boolean.
char* write_boolean_cell(char* out, CellPlace place, bool value) noexcept;

/// Writes the cell of the day `days` after 2000-01-01, for which has_serial_day() holds.
char* write_date_cell(char* out, CellPlace place, std::int32_t days) noexcept;

/// Writes the cell of the local time `microseconds` after 2000-01-01 00:00:00, for which
/// has_serial_date() holds.
char* write_timestamp_cell(char* out, CellPlace place, std::int64_t microseconds) noexcept;

/// Upper bound, in bytes, of what write_sheet_end() writes.
inline constexpr std::size_t kSheetEndBound = 256;

/// Writes the end of a sheet, whose last cell is `last`, at `out`, which has room for
/// kSheetEndBound; returns one past the end. All cells can be filtered, and none is marked as a
/// number stored as text, which is what phone numbers are meant to be.
char* write_sheet_end(char* out, CellPlace last) noexcept;

}  // namespace export_leads::core
