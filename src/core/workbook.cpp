// Puts the pieces of a workbook in their order: XML into the buffer, from there into the archive.
#include "core/workbook.hpp"

#include <array>

#include "core/bytes.hpp"
#include "core/cell_style.hpp"
#include "core/package.hpp"

namespace export_leads::core {
namespace {

/// Level 2 of zlib's nine: see bench/xlsx.
constexpr int kLevel = 2;

static_assert(kCellBound >= kSheetViewBound + kSheetRows.size() && kCellBound >= kSheetEndBound &&
              kCellBound >= kRowBeginBound && kCellBound >= kRowEnd.size());

using SheetHead = std::array<char, kSheetHeadSize>;

std::string_view view(const SheetHead& head) noexcept { return {head.data(), head.size()}; }

void compress(Workbook& workbook) noexcept {
  add_deflated(workbook.zip, {workbook.buffer, workbook.buffer_end});
  workbook.buffer_end = workbook.buffer;
}

/// Where the next kCellBound bytes of XML go.
char* make_room(Workbook& workbook) noexcept {
  if (workbook.buffer_end - workbook.buffer > static_cast<std::ptrdiff_t>(kWorkbookBatchSize))
    compress(workbook);
  return workbook.buffer_end;
}

std::uint64_t xml_size(const Workbook& workbook) noexcept {
  return workbook.zip.stream_size +
         static_cast<std::uint64_t>(workbook.buffer_end - workbook.buffer);
}

void add_text(Workbook& workbook, std::string_view text, TextStyle style) noexcept {
  const WrittenText written = write_text_cell(make_room(workbook), workbook.place, text, style);
  workbook.buffer_end = written.end;
  workbook.cut_cells += written.is_cut ? 1 : 0;
  ++workbook.place.column;
}

void open_row(Workbook& workbook, std::uint32_t lines) noexcept {
  workbook.buffer_end = write_row_begin(make_room(workbook), workbook.place.row, lines);
  workbook.place.column = 1;
}

void add_header(Workbook& workbook, const SheetDescription& sheet) noexcept {
  workbook.buffer_end = write_sheet_view(make_room(workbook), sheet.right_to_left);
  for (std::uint32_t column = 0; column < workbook.column_count; ++column) {
    workbook.buffer_end =
        write_column_width(make_room(workbook), column + 1, sheet.columns[column].width);
  }
  workbook.buffer_end = write_bytes(make_room(workbook), kSheetRows);
  open_row(workbook, 1);
  for (const SheetColumn& column : sheet.columns) {
    add_text(workbook, column.header, TextStyle::header);
  }
  end_row(workbook);
}

}  // namespace

bool begin_workbook(Workbook& workbook, const SheetDescription& sheet, Sink sink,
                    Allocator allocator, char* buffer) noexcept {
  workbook.buffer = buffer;
  workbook.buffer_end = buffer;
  workbook.column_count = static_cast<std::uint32_t>(sheet.columns.size());
  workbook.place = {1, 1};
  workbook.cut_cells = 0;
  workbook.name_size = static_cast<std::size_t>(
      write_sheet_name(workbook.name.data(), sheet.label) - workbook.name.data());
  if (!begin_zip(workbook.zip, sink, allocator, kLevel)) return false;
  add_stored(workbook.zip, kContentTypesPart, kContentTypes);
  add_stored(workbook.zip, kPackageLinksPart, kPackageLinks);
  add_stored(workbook.zip, kWorkbookLinksPart, kWorkbookLinks);
  add_stored(workbook.zip, kStylesPart, kStyles);
  SheetHead head;
  write_sheet_head(head.data(), {workbook.column_count, 1});
  begin_deflated(workbook.zip, kSheetPart, view(head));
  add_header(workbook, sheet);
  return true;
}

RowProblem begin_row(Workbook& workbook, std::uint32_t lines) noexcept {
  if (workbook.place.row > kSheetRowMaximum) return RowProblem::too_many_rows;
  const std::uint64_t row_bound = (workbook.column_count + 2) * std::uint64_t{kCellBound};
  if (xml_size(workbook) + row_bound > kZipMaximum) return RowProblem::too_large;
  open_row(workbook, lines);
  return RowProblem::none;
}

void add_text(Workbook& workbook, std::string_view text) noexcept {
  add_text(workbook, text, TextStyle::cell);
}

void add_integer(Workbook& workbook, std::int64_t value) noexcept {
  workbook.buffer_end = write_integer_cell(make_room(workbook), workbook.place, value);
  ++workbook.place.column;
}

void add_timestamp(Workbook& workbook, std::int64_t microseconds) noexcept {
  workbook.buffer_end = write_timestamp_cell(make_room(workbook), workbook.place, microseconds);
  ++workbook.place.column;
}

void add_timestamp(Workbook& workbook, std::int64_t utc_microseconds,
                   std::int32_t offset_seconds) noexcept {
  workbook.buffer_end =
      write_timestamp_cell(make_room(workbook), workbook.place, utc_microseconds, offset_seconds);
  ++workbook.place.column;
}

void skip_cell(Workbook& workbook) noexcept { ++workbook.place.column; }

void end_row(Workbook& workbook) noexcept {
  workbook.buffer_end = write_bytes(make_room(workbook), kRowEnd);
  ++workbook.place.row;
}

void end_workbook(Workbook& workbook) noexcept {
  const CellPlace last{workbook.column_count, workbook.place.row - 1};
  workbook.buffer_end = write_sheet_end(make_room(workbook), last);
  compress(workbook);
  SheetHead head;
  write_sheet_head(head.data(), last);
  end_deflated(workbook.zip, view(head));
  std::array<char, kWorkbookPartBound> part;
  const char* const end =
      write_workbook_part(part.data(), {workbook.name.data(), workbook.name_size}, last);
  add_stored(workbook.zip, kWorkbookPart, {part.data(), end});
  end_zip(workbook.zip);
}

}  // namespace export_leads::core
