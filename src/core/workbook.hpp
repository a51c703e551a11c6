// A workbook of one sheet, written cell by cell in memory that does not grow with its rows, but for
// the compressed file.
//
//   if (!begin_workbook(workbook, sheet, sink, allocator, buffer)) ...  // no memory
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

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "core/sheet.hpp"
#include "core/sheet_name.hpp"
#include "core/zip.hpp"

namespace export_leads::core {

/// The media type and the extension of the file.
inline constexpr std::string_view kWorkbookMediaType =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
inline constexpr std::string_view kWorkbookExtension = "xlsx";

struct SheetColumn {
  std::string_view header;
  std::uint32_t width;  ///< in characters, at most 255
};

struct SheetDescription {
  std::string_view label;  ///< the status's, from which the sheet gets its name
  std::span<const SheetColumn> columns;
  bool right_to_left;
};

/// The bytes a workbook needs as its buffer: what is compressed at once, and a cell or row begun
/// before.
inline constexpr std::size_t kWorkbookBatchSize = 65'536;
inline constexpr std::size_t kWorkbookBufferSize = kWorkbookBatchSize + kCellBound;

/// Why a sheet takes no further row.
enum class RowProblem {
  none,
  too_many_rows,  ///< kSheetRowMaximum, the header among them
  too_large,      ///< of XML, kZipMaximum
};

/// A workbook as it is written. It must not be moved. Abandoned, it leaves nothing behind but what
/// the allocator gave.
struct Workbook {
  ZipArchive zip;
  char* buffer;
  char* buffer_end;  ///< of the XML that is yet to be compressed
  std::uint32_t column_count;
  CellPlace place;          ///< of the next cell
  std::uint64_t cut_cells;  ///< whose text was cut
  std::array<char, kSheetNameBound> name;
  std::size_t name_size;
};
static_assert(std::is_trivially_destructible_v<Workbook>);

/// Begins a workbook with its header row. `buffer` is kWorkbookBufferSize bytes, which like the
/// sink and the allocator are used until end_workbook(); the description is not. False where the
/// allocator has no memory.
[[nodiscard]] bool begin_workbook(Workbook& workbook, const SheetDescription& sheet, Sink sink,
                                  Allocator allocator, char* buffer) noexcept;

/// Begins a row whose texts have that many lines at most, unless there is a problem.
[[nodiscard]] RowProblem begin_row(Workbook& workbook, std::uint32_t lines = 1) noexcept;

/// Each fills the next cell of the row, as the functions of sheet.hpp say.
void add_text(Workbook& workbook, std::string_view text) noexcept;
void add_integer(Workbook& workbook, std::int64_t value) noexcept;
void add_timestamp(Workbook& workbook, std::int64_t microseconds) noexcept;
void add_timestamp(Workbook& workbook, std::int64_t utc_microseconds,
                   std::int32_t offset_seconds) noexcept;

/// Leaves the next cell of the row empty.
void skip_cell(Workbook& workbook) noexcept;

void end_row(Workbook& workbook) noexcept;

/// Ends the file, whose bytes have then all been committed to the sink.
void end_workbook(Workbook& workbook) noexcept;

}  // namespace export_leads::core
