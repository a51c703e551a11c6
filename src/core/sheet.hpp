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

#include "core/integer.hpp"
#include "core/serial_date.hpp"
#include "core/xml_text.hpp"

namespace export_leads::core {

/// The rows of a sheet, in Excel.
inline constexpr std::uint32_t kSheetRowMaximum = 1'048'576;

/// The longest text of a cell in Excel, in UTF-16 units.
inline constexpr std::size_t kCellTextMaximum = 32'767;

/// Ends a text that was longer.
inline constexpr std::string_view kCutMark = "…";

/// The largest integer that spreadsheets, whose numbers are doubles shown with fifteen digits, show
/// as it is.
inline constexpr std::int64_t kExactIntegerMaximum = 999'999'999'999'999;

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
inline constexpr std::size_t kCellBound = xml_text_bound(kCellTextMaximum) + 128;

/// How a text is shown.
enum class TextStyle { header, cell };

/// One past the end of what was written, and whether the text was cut.
struct WrittenText {
  char* end;
  bool is_cut;
};

/// Writes a text cell at `out`, which has room for kCellBound; nothing for an empty text.
///
/// It is never a formula, nor does it become one when somebody edits it. A text without letters,
/// such as a phone number, is shown left to right, as right to left +972 50 1234567 would have its
/// parts in reverse order; one with line feeds is shown in lines. Beyond kCellTextMaximum it is cut
/// between characters, with kCutMark as the end of what is left.
WrittenText write_text_cell(char* out, CellPlace place, std::string_view text,
                            TextStyle style) noexcept;

/// Writes an integer: a number up to kExactIntegerMaximum on either side of zero, a text beyond.
char* write_integer_cell(char* out, CellPlace place, std::int64_t value) noexcept;

/// Writes a local time, `microseconds` after 2000-01-01 00:00:00: a date where has_serial_date(),
/// else the text of write_timestamp().
char* write_timestamp_cell(char* out, CellPlace place, std::int64_t microseconds) noexcept;

/// The same for a moment, as local time `offset_seconds` east of Greenwich.
char* write_timestamp_cell(char* out, CellPlace place, std::int64_t utc_microseconds,
                           std::int32_t offset_seconds) noexcept;

/// Upper bound, in bytes, of what write_sheet_end() writes.
inline constexpr std::size_t kSheetEndBound = 256;

/// Ends the sheet, whose last cell is at `last`: a filter over all of it, and no warnings of
/// numbers that are texts, as phone numbers are to be.
char* write_sheet_end(char* out, CellPlace last) noexcept;

}  // namespace export_leads::core
