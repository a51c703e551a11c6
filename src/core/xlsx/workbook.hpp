// Writes a workbook of one sheet, cell by cell. Only the compressed file grows with its rows; the
// rest of the memory is of a fixed size.
//
// The sheet and its texts are two parts that grow side by side. The sheet is compressed into the
// file; the texts are compressed elsewhere, and added to the file when the sheet has ended.
//
//   if (!begin_workbook(workbook, sheet, sinks, allocator, memory)) ...  // no memory
//   while (...) {
//     if (begin_row(workbook) != RowProblem::none) ...                  // the sheet is full
//     add_integer(workbook, id); add_text(workbook, name); skip_cell(workbook); ...
//     end_row(workbook);
//   }
//   end_workbook(workbook);
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "core/xlsx/cell_text.hpp"
#include "core/xlsx/shared_strings.hpp"
#include "core/xlsx/shared_texts.hpp"
#include "core/xlsx/sheet.hpp"
#include "core/xlsx/sheet_name.hpp"
#include "core/xlsx/zip.hpp"

namespace export_leads::core {

/// The media type of the file, for HTTP.
inline constexpr std::string_view kWorkbookMediaType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A column of the sheet.
struct SheetColumn {
  std::string_view header;
  std::uint32_t width;  ///< in characters, at most 255
};

/// What must be known of a sheet before its first row.
struct SheetDescription {
  std::string_view label;  ///< of the status, from which the sheet gets its name
  std::span<const SheetColumn> columns;
  bool right_to_left;
};

/// The largest integer that spreadsheets show exactly.
inline constexpr std::int64_t kExactIntegerMaximum = 999'999'999'999'999;

/// How many bytes of XML are gathered before they are compressed.
inline constexpr std::size_t kXmlBatchSize = 65'536;

/// What a workbook needs to work in, about 1.9 MB of which a small one uses little.
struct WorkbookMemory {
  std::array<char, kDeflateWindow + kXmlBatchSize + kCellBound> sheet;
  std::array<char, kDeflateWindow + kXmlBatchSize + kSharedStringBound> strings;
  std::array<char, kCellTextScratchSize> text;
  SharedTexts shared_texts;
};

/// Where the bytes go.
struct WorkbookSinks {
  Sink file;
  Sink strings;  ///< the compressed texts, until they are added to the file
};

/// Why a sheet takes no further row, if it does not.
enum class RowProblem {
  none,
  too_many_rows,  ///< more than kSheetRowMaximum, the header among them
  too_large,      ///< one part's XML might exceed kZipMaximum
};

/// The XML of a part on its way into its stream.
struct XmlPart {
  DeflateStream stream;
  char* buffer;  ///< begins with the last of what was compressed, at most kDeflateWindow
  char* begin;   ///< of what is yet to be compressed
  char* end;     ///< one past it
};

/// A workbook as it is written. One that is abandoned leaves nothing behind.
struct Workbook {
  ZipArchive zip;
  XmlPart sheet;
  XmlPart strings;
  WorkbookMemory* memory;
  std::uint32_t column_count;
  CellPlace place;           ///< of the next cell
  std::uint64_t text_cells;  ///< how many cells hold a text
  std::uint64_t cut_cells;   ///< in how many of them it was cut
  std::array<char, kSheetNameBound> name;
  std::size_t name_size;
};
static_assert(std::is_trivially_destructible_v<Workbook>);

/// Begins a workbook and writes its header row. `memory`, which may hold anything, is used until
/// end_workbook(), and so are the sinks; the description is not.
void begin_workbook(Workbook& workbook, const SheetDescription& sheet, WorkbookSinks sinks,
                    WorkbookMemory& memory) noexcept;

/// Begins a row, unless there is a problem, and says whether there is. None of the row's texts may
/// have more lines than `lines`.
[[nodiscard]] RowProblem begin_row(Workbook& workbook, std::uint32_t lines = 1) noexcept;

/// Fills the next cell of the row with a text, cut by fit_cell_text() and in the style of
/// style_of(). An empty text leaves the cell empty.
void add_text(Workbook& workbook, std::string_view text) noexcept;

/// Fills the next cell with a number, or with a text where `value` is farther from zero than
/// kExactIntegerMaximum.
void add_integer(Workbook& workbook, std::int64_t value) noexcept;

/// Fills the next cell with a number where exact_decimal() finds one, else with a text.
void add_decimal(Workbook& workbook, std::string_view decimal) noexcept;

/// Fills the next cell with a number as it stands in XML, in at most kDecimalBound bytes.
void add_number(Workbook& workbook, std::string_view number) noexcept;

/// Fills the next cell with a Boolean.
void add_boolean(Workbook& workbook, bool value) noexcept;

/// Fills the next cell with the day `days` after 2000-01-01, for which has_serial_day() holds.
void add_date(Workbook& workbook, std::int32_t days) noexcept;

/// Fills the next cell with the local time `microseconds` after 2000-01-01 00:00:00: as a date
/// where has_serial_date() holds, else as the text of write_timestamp().
void add_timestamp(Workbook& workbook, std::int64_t microseconds) noexcept;

/// Fills the next cell with the moment `utc_microseconds` after 2000-01-01 00:00:00 UTC, as the
/// local time `offset_seconds` east of Greenwich: as a date where has_serial_date() holds for that,
/// else as the text of write_timestamp(), offset included.
void add_timestamp(Workbook& workbook, std::int64_t utc_microseconds,
                   std::int32_t offset_seconds) noexcept;

/// Leaves the next cell of the row empty.
void skip_cell(Workbook& workbook) noexcept;

/// Ends the row, of which all cells have been filled or skipped.
void end_row(Workbook& workbook) noexcept;

/// Ends the file. All of its bytes have then been committed to its sink.
void end_workbook(Workbook& workbook) noexcept;

}  // namespace export_leads::core
