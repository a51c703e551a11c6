// A workbook of one sheet, written cell by cell in memory that does not grow with its rows, but for
// the compressed file.
//
// The sheet and its texts are two parts that grow at once. The sheet is compressed into the file;
// the texts are compressed elsewhere, and follow it when it ends.
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

/// The media type of the file.
inline constexpr std::string_view kWorkbookMediaType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

struct SheetColumn {
  std::string_view header;
  std::uint32_t width;  ///< in characters, at most 255
};

struct SheetDescription {
  std::string_view label;  ///< the status's, from which the sheet gets its name
  std::span<const SheetColumn> columns;
  bool right_to_left;
};

/// The largest integer that spreadsheets show as it is.
inline constexpr std::int64_t kExactIntegerMaximum = 999'999'999'999'999;

/// How much XML is compressed at once.
inline constexpr std::size_t kXmlBatchSize = 65'536;

/// What a workbook needs to work in, about 1.8 MB of which small ones use little.
struct WorkbookMemory {
  std::array<char, kXmlBatchSize + kCellBound> sheet;
  std::array<char, kXmlBatchSize + kSharedStringBound> strings;
  std::array<char, kCellTextScratchSize> text;
  SharedTexts shared_texts;
};

/// Where the bytes go: of the file, and until it ends, of its compressed texts.
struct WorkbookSinks {
  Sink file;
  Sink strings;
};

/// Why a sheet takes no further row.
enum class RowProblem {
  none,
  too_many_rows,  ///< kSheetRowMaximum, the header among them
  too_large,      ///< of XML, kZipMaximum
};

/// A part's XML on its way into its stream.
struct XmlPart {
  DeflateStream stream;
  char* buffer;
  char* end;  ///< of what is yet to be compressed
};

/// A workbook as it is written. It must not be moved. Abandoned, it leaves nothing behind but what
/// the allocator gave.
struct Workbook {
  ZipArchive zip;
  XmlPart sheet;
  XmlPart strings;
  WorkbookMemory* memory;
  std::uint32_t column_count;
  CellPlace place;           ///< of the next cell
  std::uint64_t text_cells;  ///< that hold a text
  std::uint64_t cut_cells;   ///< whose text was cut
  std::array<char, kSheetNameBound> name;
  std::size_t name_size;
};
static_assert(std::is_trivially_destructible_v<Workbook>);

/// Begins a workbook with its header row. The memory, of any content, is used until end_workbook(),
/// and so are the sinks and the allocator; the description is not. False where the allocator has no
/// memory.
[[nodiscard]] bool begin_workbook(Workbook& workbook, const SheetDescription& sheet,
                                  WorkbookSinks sinks, Allocator allocator,
                                  WorkbookMemory& memory) noexcept;

/// Begins a row whose texts have that many lines at most, unless there is a problem.
[[nodiscard]] RowProblem begin_row(Workbook& workbook, std::uint32_t lines = 1) noexcept;

/// Each fills the next cell of the row.
///
/// A text is one that style_of() describes, as fit_cell_text() has it; an empty one leaves the cell
/// empty.
void add_text(Workbook& workbook, std::string_view text) noexcept;

/// A number up to kExactIntegerMaximum on either side of zero, a text beyond.
void add_integer(Workbook& workbook, std::int64_t value) noexcept;

/// A number where exact_decimal() says so, else a text.
void add_decimal(Workbook& workbook, std::string_view decimal) noexcept;

/// A number as it is written in XML, of at most kDecimalBound bytes.
void add_number(Workbook& workbook, std::string_view number) noexcept;

void add_boolean(Workbook& workbook, bool value) noexcept;

/// A day, `days` after 2000-01-01, for which has_serial_day() holds.
void add_date(Workbook& workbook, std::int32_t days) noexcept;

/// A local time, `microseconds` after 2000-01-01 00:00:00: a date where has_serial_date(), else the
/// text of write_timestamp().
void add_timestamp(Workbook& workbook, std::int64_t microseconds) noexcept;

/// The same for a moment, as local time `offset_seconds` east of Greenwich.
void add_timestamp(Workbook& workbook, std::int64_t utc_microseconds,
                   std::int32_t offset_seconds) noexcept;

/// Leaves the next cell of the row empty.
void skip_cell(Workbook& workbook) noexcept;

void end_row(Workbook& workbook) noexcept;

/// Ends the file, whose bytes have then all been committed to the sink.
void end_workbook(Workbook& workbook) noexcept;

}  // namespace export_leads::core
