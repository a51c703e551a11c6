// Puts the pieces of a workbook in order: XML is gathered in buffers, and compressed from there
// into the archive.
#include "core/xlsx/workbook.hpp"

#include <algorithm>

#include "core/bytes.hpp"
#include "core/integer.hpp"
#include "core/timestamp.hpp"
#include "core/xlsx/cell_style.hpp"
#include "core/xlsx/package.hpp"
#include "core/xlsx/serial_date.hpp"

namespace export_leads::core {
namespace {

/// A moment farther from 2000 than this, ten thousand years, is no date in any time zone; a nearer
/// one does not overflow when an offset is added.
constexpr std::int64_t kFarthestMoment = 10'000LL * 366 * kMicrosecondsPerDay;

static_assert(kCellBound >= kSheetViewBound && kCellBound >= kSheetRows.size() &&
              kCellBound >= kSheetEndBound && kCellBound >= kRowBeginBound &&
              kCellBound >= kRowEnd.size() && kSharedStringBound >= kSharedStringsEnd.size());

using SheetHead = std::array<char, kSheetHeadSize>;

std::string_view view(const SheetHead& head) noexcept { return {head.data(), head.size()}; }

/// Compresses what was gathered, and keeps the last of it, as what comes next may repeat it.
void compress(XmlPart& part, bool is_last) noexcept {
  add_to_stream(part.stream, static_cast<std::size_t>(part.begin - part.buffer),
                {part.begin, part.end}, is_last);
  const std::size_t kept =
      std::min(kDeflateWindow, static_cast<std::size_t>(part.end - part.buffer));
  std::memmove(part.buffer, part.end - kept, kept);
  part.begin = part.end = part.buffer + kept;
}

void begin_part(XmlPart& part, Sink sink, char* buffer) noexcept {
  begin_stream(part.stream, sink);
  part.buffer = part.begin = part.end = buffer;
}

/// Where the next piece of a part's XML goes: kCellBound bytes in the sheet, kSharedStringBound
/// among the strings.
char* make_room(XmlPart& part) noexcept {
  if (part.end - part.begin > static_cast<std::ptrdiff_t>(kXmlBatchSize)) compress(part, false);
  return part.end;
}

std::uint64_t xml_size(const XmlPart& part) noexcept {
  return part.stream.size + static_cast<std::uint64_t>(part.end - part.begin);
}

/// The number of a text among the shared strings, to which it is added if it is new.
std::uint32_t share(Workbook& workbook, std::string_view text) noexcept {
  ++workbook.text_cells;
  const TextNumber text_number = number_of(workbook.memory->shared_texts, text);
  if (text_number.is_new)
    workbook.strings.end = write_shared_string(make_room(workbook.strings), text);
  return text_number.number;
}

void add_text(Workbook& workbook, std::string_view text, TextStyle style) noexcept {
  if (text.empty()) return skip_cell(workbook);
  const CellText fitted = fit_cell_text(workbook.memory->text.data(), text);
  workbook.cut_cells += fitted.is_cut ? 1 : 0;
  const std::uint32_t number = share(workbook, fitted.text);
  workbook.sheet.end = write_text_cell(make_room(workbook.sheet), workbook.place, number,
                                       style_of(fitted.text, style));
  ++workbook.place.column;
}

void add_moment(Workbook& workbook, std::int64_t local_microseconds) noexcept {
  workbook.sheet.end =
      write_timestamp_cell(make_room(workbook.sheet), workbook.place, local_microseconds);
  ++workbook.place.column;
}

void open_row(Workbook& workbook, std::uint32_t lines) noexcept {
  workbook.sheet.end = write_row_begin(make_room(workbook.sheet), workbook.place.row, lines);
  workbook.place.column = 1;
}

void add_header(Workbook& workbook, const SheetDescription& sheet) noexcept {
  XmlPart& part = workbook.sheet;
  part.end = write_sheet_view(make_room(part), sheet.right_to_left);
  for (std::uint32_t column = 0; column < workbook.column_count; ++column) {
    part.end = write_column_width(make_room(part), column + 1, sheet.columns[column].width);
  }
  part.end = write_bytes(make_room(part), kSheetRows);
  open_row(workbook, 1);
  for (const SheetColumn& column : sheet.columns) {
    add_text(workbook, column.header, TextStyle::header);
  }
  end_row(workbook);
}

void end_strings(Workbook& workbook) noexcept {
  XmlPart& strings = workbook.strings;
  strings.end = write_bytes(make_room(strings), kSharedStringsEnd);
  compress(strings, true);
  std::array<char, kSharedStringsHeadBound> head;
  const char* const end = write_shared_strings_head(head.data(), workbook.text_cells,
                                                    workbook.memory->shared_texts.next_number);
  add_deflated(workbook.zip, kSharedStringsPart, {head.data(), end}, strings.stream);
}

}  // namespace

void begin_workbook(Workbook& workbook, const SheetDescription& sheet, WorkbookSinks sinks,
                    WorkbookMemory& memory) noexcept {
  workbook.memory = &memory;
  begin_part(workbook.sheet, sinks.file, memory.sheet.data());
  begin_part(workbook.strings, sinks.strings, memory.strings.data());
  clear(memory.shared_texts);
  workbook.column_count = static_cast<std::uint32_t>(sheet.columns.size());
  workbook.place = {1, 1};
  workbook.text_cells = 0;
  workbook.cut_cells = 0;
  workbook.name_size = static_cast<std::size_t>(
      write_sheet_name(workbook.name.data(), sheet.label) - workbook.name.data());
  begin_zip(workbook.zip, sinks.file);
  add_stored(workbook.zip, kContentTypesPart, kContentTypes);
  add_stored(workbook.zip, kPackageLinksPart, kPackageLinks);
  add_stored(workbook.zip, kWorkbookLinksPart, kWorkbookLinks);
  add_stored(workbook.zip, kStylesPart, kStyles);
  SheetHead head;
  write_sheet_head(head.data(), {workbook.column_count, 1});
  begin_deflated(workbook.zip, kSheetPart, view(head));
  add_header(workbook, sheet);
}

RowProblem begin_row(Workbook& workbook, std::uint32_t lines) noexcept {
  if (workbook.place.row > kSheetRowMaximum) return RowProblem::too_many_rows;
  const std::uint64_t columns = workbook.column_count + std::uint64_t{2};
  if (xml_size(workbook.sheet) + columns * kCellBound > kZipMaximum ||
      xml_size(workbook.strings) + columns * kSharedStringBound > kZipMaximum)
    return RowProblem::too_large;
  open_row(workbook, lines);
  return RowProblem::none;
}

void add_text(Workbook& workbook, std::string_view text) noexcept {
  add_text(workbook, text, TextStyle::cell);
}

void add_integer(Workbook& workbook, std::int64_t value) noexcept {
  std::array<char, kIntegerBound> digits;
  const std::string_view number{digits.data(), write_integer(digits.data(), value)};
  const bool is_exact = value >= -kExactIntegerMaximum && value <= kExactIntegerMaximum;
  is_exact ? add_number(workbook, number) : add_text(workbook, number);
}

void add_decimal(Workbook& workbook, std::string_view decimal) noexcept {
  const std::string_view number = exact_decimal(decimal);
  number.empty() ? add_text(workbook, decimal) : add_number(workbook, number);
}

void add_number(Workbook& workbook, std::string_view number) noexcept {
  workbook.sheet.end = write_number_cell(make_room(workbook.sheet), workbook.place, number);
  ++workbook.place.column;
}

void add_boolean(Workbook& workbook, bool value) noexcept {
  workbook.sheet.end = write_boolean_cell(make_room(workbook.sheet), workbook.place, value);
  ++workbook.place.column;
}

void add_date(Workbook& workbook, std::int32_t days) noexcept {
  workbook.sheet.end = write_date_cell(make_room(workbook.sheet), workbook.place, days);
  ++workbook.place.column;
}

void add_timestamp(Workbook& workbook, std::int64_t microseconds) noexcept {
  if (has_serial_date(microseconds)) return add_moment(workbook, microseconds);
  std::array<char, kTimestampBound> text;
  add_text(workbook, {text.data(), write_timestamp(text.data(), microseconds)});
}

void add_timestamp(Workbook& workbook, std::int64_t utc_microseconds,
                   std::int32_t offset_seconds) noexcept {
  if (utc_microseconds > -kFarthestMoment && utc_microseconds < kFarthestMoment) {
    const std::int64_t local = utc_microseconds + offset_seconds * kMicrosecondsPerSecond;
    if (has_serial_date(local)) return add_moment(workbook, local);
  }
  std::array<char, kTimestampBound> text;
  add_text(workbook, {text.data(), write_timestamp(text.data(), utc_microseconds, offset_seconds)});
}

void skip_cell(Workbook& workbook) noexcept { ++workbook.place.column; }

void end_row(Workbook& workbook) noexcept {
  workbook.sheet.end = write_bytes(make_room(workbook.sheet), kRowEnd);
  ++workbook.place.row;
}

void end_workbook(Workbook& workbook) noexcept {
  const CellPlace last{workbook.column_count, workbook.place.row - 1};
  workbook.sheet.end = write_sheet_end(make_room(workbook.sheet), last);
  compress(workbook.sheet, true);
  SheetHead head;
  write_sheet_head(head.data(), last);
  end_deflated(workbook.zip, workbook.sheet.stream, view(head));
  end_strings(workbook);
  std::array<char, kWorkbookPartBound> part;
  const char* const end =
      write_workbook_part(part.data(), {workbook.name.data(), workbook.name_size}, last);
  add_stored(workbook.zip, kWorkbookPart, {part.data(), end});
  end_zip(workbook.zip);
}

}  // namespace export_leads::core
