// Writes cells by their kinds: bound, reserve, write, commit.
#include "core/integer.hpp"
#include "core/timestamp.hpp"
#include "pg/csv_writer.hpp"

namespace export_leads {
namespace {

CsvWriter& csv(RecordWriter* writer) { return *reinterpret_cast<CsvWriter*>(writer); }

void write_text(CsvWriter& writer, std::string_view field) {
  OutputBuffer& output = *writer.output;
  // Near the limit of a value the bound is too pessimistic, and only then is it worth measuring.
  const std::size_t bound = core::field_bound(field.size());
  char* out = reserve(
      output, can_hold(output, bound) ? bound : core::field_size(field, writer.options.dialect));
  commit(output, core::write_field(out, field, writer.options.dialect));
}

// Writes what `write` writes, at most `bound` bytes of digits and signs, which needs neither quotes
// nor an apostrophe unless the guard is strict.
template <std::size_t bound, typename Write>
void write_plain(CsvWriter& writer, Write write) {
  if (writer.options.dialect.formula_guard == core::FormulaGuard::strict) {
    char field[bound];
    return write_text(writer, {field, static_cast<std::size_t>(write(field) - field)});
  }
  char* out = reserve(*writer.output, bound);
  commit(*writer.output, write(out));
}

// `seconds_east` is of a timestamptz alone.
void write_time(CsvWriter& writer, Timestamp time, const std::int32_t* seconds_east) {
  write_plain<core::kTimestampBound>(writer, [&](char* out) {
    if (writer.options.timestamp_style == TimestampStyle::excel)
      return core::write_spreadsheet_timestamp(out, time,
                                               seconds_east == nullptr ? 0 : *seconds_east);
    return seconds_east == nullptr ? core::write_timestamp(out, time)
                                   : core::write_timestamp(out, time, *seconds_east);
  });
}

void write_cell(CsvWriter& writer, CellColumn& column, Datum value) {
  switch (column.kind) {
    case CellKind::integer2:
    case CellKind::integer4:
    case CellKind::integer8: {
      const std::int64_t integer = integer_value(column.kind, value);
      return write_plain<core::kIntegerBound>(
          writer, [integer](char* out) { return core::write_integer(out, integer); });
    }
    case CellKind::text:
      return write_text(writer, text_view(DatumGetTextPP(value)));
    case CellKind::timestamp:
    case CellKind::timestamptz: {
      const Timestamp time = DatumGetTimestamp(value);
      const std::string_view infinity = infinity_text(time);
      if (!infinity.empty()) return write_text(writer, infinity);
      if (column.kind == CellKind::timestamp) return write_time(writer, time, nullptr);
      const std::int32_t offset = seconds_east(time);
      return write_time(writer, time, &offset);
    }
    case CellKind::other:
      break;
  }
  write_text(writer, OutputFunctionCall(&column.output_function, value));
}

// A record of one empty field would look like no record at all.
void end_record(CsvWriter& writer, std::size_t record_begin) {
  OutputBuffer& output = *writer.output;
  if (output.used == record_begin) append(output, "\"\"");
  append(output, core::kRecordEnd);
  give_pieces(output);
}

void begin_field(CsvWriter& writer, int column) {
  if (column > 0) append(*writer.output, {&writer.options.dialect.delimiter, 1});
}

// A constant cell is encoded once.
std::string_view encoded(const CsvWriter& writer, std::string_view field) {
  OutputBuffer output = make_output_buffer();
  CsvWriter copy = writer;
  copy.output = &output;
  write_text(copy, field);
  return text_view(DatumGetTextPP(finish(output)));
}

void begin_csv(RecordWriter* self, const FileHeader& header) {
  CsvWriter& writer = csv(self);
  const CellColumns& columns = header.columns;
  writer.columns = columns;
  if (writer.options.byte_order_mark) append(*writer.output, core::kByteOrderMark);
  const std::size_t record_begin = writer.output->used;
  for (int i = 0; i < columns.count; ++i) {
    begin_field(writer, i);
    write_text(writer, columns.columns[i].header);
    if (columns.columns[i].is_constant)
      columns.columns[i].constant = encoded(writer, columns.columns[i].constant);
  }
  end_record(writer, record_begin);
}

void write_csv(RecordWriter* self, const TupleTableSlot* row) {
  CsvWriter& writer = csv(self);
  const std::size_t record_begin = writer.output->used;
  for (int i = 0; i < writer.columns.count; ++i) {
    CellColumn& column = writer.columns.columns[i];
    begin_field(writer, i);
    if (column.is_constant)
      append(*writer.output, column.constant);
    else if (!row->tts_isnull[column.attribute])
      write_cell(writer, column, row->tts_values[column.attribute]);
    else if (writer.options.dialect.formula_guard == core::FormulaGuard::strict)
      write_text(writer, {});
  }
  end_record(writer, record_begin);
}

void end_csv(RecordWriter* self) {
  if (csv(self).output->set != nullptr) give_last_piece(*csv(self).output);
}

std::uint64_t csv_bytes(const RecordWriter* self) {
  return bytes_written(*reinterpret_cast<const CsvWriter*>(self)->output);
}

}  // namespace

CsvWriter make_csv_writer(OutputBuffer* output, const CsvOptions& options) {
  return {{begin_csv, write_csv, end_csv, csv_bytes}, output, options, {}};
}

}  // namespace export_leads
