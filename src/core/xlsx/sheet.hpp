// The XML of a worksheet (ECMA-376, part 1, section 18.3), piece by piece: what is before the rows,
// cells, what is after the rows.
//
// Cells and rows say where they are. They need not, and without it files are a third smaller, but
// Microsoft Access, ClosedXML and EPPlus do not read those.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/xlsx/decimal.hpp"

namespace export_leads::core {

/// The rows of a sheet, in Excel.
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

/// The bytes of the beginning of a sheet, down to the number of rows: the same for any, so that
/// they can be overwritten when it is known.
inline constexpr std::size_t kSheetHeadSize = 192;

/// Writes exactly kSheetHeadSize bytes at `out`; returns one past the end.
char* write_sheet_head(char* out, CellPlace last) noexcept;

/// Upper bound, in bytes, of what write_sheet_view() and write_column_width() write.
inline constexpr std::size_t kSheetViewBound = 320;

/// Writes what follows the head at `out`, which has room for kSheetViewBound: the first row stays
/// in sight. Then come the widths of all columns, then kSheetRows.
char* write_sheet_view(char* out, bool right_to_left) noexcept;

/// Writes how wide a column is, in characters.
char* write_column_width(char* out, std::uint32_t column, std::uint32_t characters) noexcept;

inline constexpr std::string_view kSheetRows = "</cols><sheetData>";

/// Upper bound, in bytes, of what write_row_begin() writes.
inline constexpr std::size_t kRowBeginBound = 32;

/// How many lines of a row are shown, at most, and how high one is, in points.
inline constexpr std::uint32_t kShownLines = 5;
inline constexpr std::uint32_t kLineHeight = 15;

/// Begins a row; kRowEnd ends it. One of several lines says how high it is: Excel would find out,
/// LibreOffice lets them overlap the next row.
char* write_row_begin(char* out, std::uint32_t row, std::uint32_t lines) noexcept;

inline constexpr std::string_view kRowEnd = "</row>";

/// Upper bound, in bytes, of what writing any cell writes.
inline constexpr std::size_t kCellBound = kDecimalBound + 64;

/// How a text is shown.
enum class TextStyle { header, cell };

/// The style of a text's cell, an attribute. In none of them is it a formula, nor does it become
/// one when somebody edits it. A text without letters, such as a phone number, is shown left to
/// right, as right to left +972 50 1234567 would have its parts in reverse order; one with line
/// feeds is shown in lines.
[[nodiscard]] std::string_view style_of(std::string_view text, TextStyle style) noexcept;

/// Each writes a cell at `out`, which has room for kCellBound, and returns one past the end.
///
/// A text is given by its number among the shared strings, and its style.
char* write_text_cell(char* out, CellPlace place, std::uint32_t text,
                      std::string_view style) noexcept;

/// A number is given as it is written in XML, of at most kDecimalBound bytes.
char* write_number_cell(char* out, CellPlace place, std::string_view number) noexcept;

char* write_boolean_cell(char* out, CellPlace place, bool value) noexcept;

/// A day, `days` after 2000-01-01, for which has_serial_day() holds.
char* write_date_cell(char* out, CellPlace place, std::int32_t days) noexcept;

/// A local time, `microseconds` after 2000-01-01 00:00:00, for which has_serial_date() holds.
char* write_timestamp_cell(char* out, CellPlace place, std::int64_t microseconds) noexcept;

/// Upper bound, in bytes, of what write_sheet_end() writes.
inline constexpr std::size_t kSheetEndBound = 256;

/// Ends the sheet, whose last cell is at `last`: a filter over all of it, and no warnings of
/// numbers that are texts, as phone numbers are to be.
char* write_sheet_end(char* out, CellPlace last) noexcept;

}  // namespace export_leads::core
