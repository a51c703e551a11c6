// Writes cells by their kind into the core's workbook, in PostgreSQL's memory.
#include <cmath>

#include "core/xlsx/cell_text.hpp"
#include "core/xlsx/serial_date.hpp"
#include "core/xlsx/workbook.hpp"
#include "pg/file/sheet_writer.hpp"

namespace export_leads {
namespace {

SheetWriter& sheet(RecordWriter* writer) { return *reinterpret_cast<SheetWriter*>(writer); }

char* reserve_bytes(void* output, std::size_t size) {
  return reserve(*static_cast<OutputBuffer*>(output), size);
}

void commit_bytes(void* output, const char* end) {
  commit(*static_cast<OutputBuffer*>(output), end);
}

char* byte_at(void* output, std::size_t offset) {
  return static_cast<OutputBuffer*>(output)->value + VARHDRSZ + offset;
}

core::Sink sink_into(OutputBuffer* output) {
  return {output, reserve_bytes, commit_bytes, byte_at};
}

[[noreturn]] void raise_full(core::RowProblem problem) {
  const bool by_rows = problem == core::RowProblem::too_many_rows;
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                  by_rows ? errmsg("a sheet holds at most %u leads", core::kSheetRowMaximum - 1)
                          : errmsg("the sheet is larger than 4 GB"),
                  errhint("Narrow the export with created_from and created_to, or export CSV.")));
  pg_unreachable();
}

void add_time(core::Workbook& workbook, CellKind kind, Timestamp time) {
  const std::string_view infinity = infinity_text(time);
  if (!infinity.empty())
    core::add_text(workbook, infinity);
  else if (kind == CellKind::timestamp)
    core::add_timestamp(workbook, time);
  else
    core::add_timestamp(workbook, time, seconds_east(time));
}

// Whether a spreadsheet can hold `value` as a number: it has no NaN, no infinities and no subnormal
// numbers. The others are written as text.
bool is_spreadsheet_number(double value) { return value == 0 || std::isnormal(value); }

void add_double(core::Workbook& workbook, double value, std::string_view text) {
  is_spreadsheet_number(value) ? core::add_number(workbook, text) : core::add_text(workbook, text);
}

// Adds a value whose text, as printed by its output function, is `text`.
void add_printed(core::Workbook& workbook, CellKind kind, Datum value, std::string_view text) {
  switch (kind) {
    case CellKind::numeric:
      return core::add_decimal(workbook, text);
    case CellKind::real:
      return add_double(workbook, static_cast<double>(DatumGetFloat4(value)), text);
    case CellKind::double_precision:
      return add_double(workbook, DatumGetFloat8(value), text);
    default:
      return core::add_text(workbook, text);
  }
}

void add_cell(core::Workbook& workbook, CellColumn& column, Datum value) {
  switch (column.kind) {
    case CellKind::integer2:
    case CellKind::integer4:
    case CellKind::integer8:
      return core::add_integer(workbook, integer_value(column.kind, value));
    case CellKind::text:
      return core::add_text(workbook, text_view(DatumGetTextPP(value)));
    case CellKind::timestamp:
    case CellKind::timestamptz:
      return add_time(workbook, column.kind, DatumGetTimestamp(value));
    case CellKind::boolean:
      return core::add_boolean(workbook, DatumGetBool(value));
    case CellKind::date:
      if (core::has_serial_day(DatumGetDateADT(value)))
        return core::add_date(workbook, DatumGetDateADT(value));
      break;
    case CellKind::numeric:
    case CellKind::real:
    case CellKind::double_precision:
    case CellKind::other:
      break;
  }
  add_printed(workbook, column.kind, value, OutputFunctionCall(&column.output_function, value));
}

void begin_sheet(RecordWriter* self, const FileHeader& header) {
  SheetWriter& writer = sheet(self);
  writer.columns = header.columns;
  const auto count = static_cast<std::size_t>(header.columns.count);
  auto* columns = static_cast<core::SheetColumn*>(palloc(sizeof(core::SheetColumn) * count));
  for (std::size_t i = 0; i < count; ++i)
    columns[i] = {header.columns.columns[i].header, header.columns.columns[i].width};
  writer.workbook = static_cast<core::Workbook*>(palloc0(sizeof(core::Workbook)));
  auto* strings = static_cast<OutputBuffer*>(palloc(sizeof(OutputBuffer)));
  *strings = make_output_buffer();
  auto* memory = static_cast<core::WorkbookMemory*>(palloc(sizeof(core::WorkbookMemory)));
  core::begin_workbook(*writer.workbook, {header.label, {columns, count}, header.right_to_left},
                       {sink_into(writer.output), sink_into(strings)}, *memory);
}

// The number of lines of the row's longest text, which the row must be high enough for.
std::uint32_t lines_of(const SheetWriter& writer, const TupleTableSlot* row) {
  std::uint32_t lines = 1;
  for (int i = 0; i < writer.columns.count; ++i) {
    const CellColumn& column = writer.columns.columns[i];
    if (column.kind == CellKind::text && !column.is_constant && !row->tts_isnull[column.attribute])
      lines = Max(lines,
                  core::count_lines(text_view(DatumGetTextPP(row->tts_values[column.attribute]))));
  }
  return lines;
}

void write_sheet(RecordWriter* self, const TupleTableSlot* row) {
  SheetWriter& writer = sheet(self);
  core::Workbook& workbook = *writer.workbook;
  const core::RowProblem problem = core::begin_row(workbook, lines_of(writer, row));
  if (problem != core::RowProblem::none) raise_full(problem);
  for (int i = 0; i < writer.columns.count; ++i) {
    CellColumn& column = writer.columns.columns[i];
    if (column.is_constant)
      core::add_text(workbook, column.constant);
    else if (row->tts_isnull[column.attribute])
      core::skip_cell(workbook);
    else
      add_cell(workbook, column, row->tts_values[column.attribute]);
  }
  core::end_row(workbook);
}

void end_sheet(RecordWriter* self) {
  core::Workbook& workbook = *sheet(self).workbook;
  core::end_workbook(workbook);
  if (workbook.cut_cells > 0)
    ereport(WARNING,
            (errcode(ERRCODE_WARNING_STRING_DATA_RIGHT_TRUNCATION),
             errmsg_plural("%llu cell was cut to what a spreadsheet holds",
                           "%llu cells were cut to what a spreadsheet holds", workbook.cut_cells,
                           static_cast<unsigned long long>(workbook.cut_cells)),
             errdetail("A cell holds 32,767 characters; the cut ends in an ellipsis.")));
}

std::uint64_t sheet_bytes(const RecordWriter* self) {
  return bytes_written(*reinterpret_cast<const SheetWriter*>(self)->output);
}

}  // namespace

SheetWriter make_sheet_writer(OutputBuffer* output) {
  return {{begin_sheet, write_sheet, end_sheet, sheet_bytes}, output, nullptr, {}};
}

}  // namespace export_leads
