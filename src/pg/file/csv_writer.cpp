// Writes one record at a time: first everything that can fail, then one reservation, then all
// fields.
#include "core/bytes.hpp"
#include "core/header.hpp"
#include "core/integer.hpp"
#include "core/timestamp.hpp"
#include "pg/file/csv_writer.hpp"

namespace export_leads {
namespace {

CsvWriter& csv(RecordWriter* writer) { return *reinterpret_cast<CsvWriter*>(writer); }

// A record that consists of one empty field, which would otherwise be an empty line.
constexpr std::string_view kEmptyRecord = "\"\"";

// The longest value, in bytes, that consists of digits and signs. Such values need neither quotes
// nor an apostrophe unless the guard is strict.
constexpr std::size_t kPlainBound = Max(core::kIntegerBound, core::kTimestampBound);

// Prefetches the beginning of a long text, most of which is not in the cache yet, so that it
// arrives while the cells before it are written.
std::string_view fetch_ahead(std::string_view text) {
  constexpr std::size_t kCacheLine = 64;
  constexpr std::size_t kFarthest = 1024;  // the hardware prefetcher takes care of the rest
  for (std::size_t at = kCacheLine; at < Min(text.size(), kFarthest); at += kCacheLine)
    __builtin_prefetch(text.data() + at);
  return text;
}

// The prepare_ functions do everything that can fail, so that writing the cell cannot. They return
// an upper bound, in bytes, of the written field.
std::size_t prepare_text(CsvCell& cell, std::string_view text) {
  cell.kind = CellKind::text;
  cell.text = text;
  return core::field_bound(text.size());
}

std::size_t prepare_plain(CsvCell& cell, CellKind kind, std::int64_t number) {
  cell.kind = kind;
  cell.number = number;
  return core::field_bound(kPlainBound);
}

std::size_t prepare_time(CsvCell& cell, CellKind kind, Timestamp time) {
  const std::string_view infinity = infinity_text(time);
  if (!infinity.empty()) return prepare_text(cell, infinity);
  if (kind == CellKind::timestamptz) cell.seconds_east = seconds_east(time);
  return prepare_plain(cell, kind, time);
}

std::size_t prepare_cell(CsvCell& cell, CellColumn& column, Datum value) {
  switch (column.kind) {
    case CellKind::integer2:
    case CellKind::integer4:
    case CellKind::integer8:
      return prepare_plain(cell, column.kind, integer_value(column.kind, value));
    case CellKind::timestamp:
    case CellKind::timestamptz:
      return prepare_time(cell, column.kind, DatumGetTimestamp(value));
    case CellKind::text:
      return prepare_text(cell, fetch_ahead(text_view(DatumGetTextPP(value))));
    case CellKind::numeric:
    case CellKind::real:
    case CellKind::double_precision:
    case CellKind::boolean:
    case CellKind::date:
    case CellKind::other:
      break;
  }
  return prepare_text(cell, OutputFunctionCall(&column.output_function, value));
}

// Returns an upper bound of the whole record, in bytes. It may be larger than a single value can
// hold.
static_assert(sizeof(std::size_t) == 8);
std::size_t prepare_record(const CsvWriter& writer, const TupleTableSlot* row) {
  std::size_t bound = writer.fixed_bound;
  for (int i = 0; i < writer.field_count; ++i) {
    CsvField& field = writer.fields[i];
    const int attribute = field.column->attribute;
    bound += row->tts_isnull[attribute]
                 ? prepare_text(field.cell, {})
                 : prepare_cell(field.cell, *field.column, row->tts_values[attribute]);
  }
  return bound;
}

char* write_plain(char* out, const CsvCell& cell, TimestampStyle style) {
  const bool has_zone = cell.kind == CellKind::timestamptz;
  if (!has_zone && cell.kind != CellKind::timestamp) return core::write_integer(out, cell.number);
  if (style == TimestampStyle::excel)
    return core::write_spreadsheet_timestamp(out, cell.number, has_zone ? cell.seconds_east : 0);
  return has_zone ? core::write_timestamp(out, cell.number, cell.seconds_east)
                  : core::write_timestamp(out, cell.number);
}

char* write_cell(char* out, const CsvCell& cell, const CsvOptions& options) {
  if (cell.kind == CellKind::text) return core::write_field(out, cell.text, options.dialect);
  if (options.dialect.formula_guard != core::FormulaGuard::strict)
    return write_plain(out, cell, options.timestamp_style);
  char field[kPlainBound];
  const char* end = write_plain(field, cell, options.timestamp_style);
  return core::write_field(out, {field, static_cast<std::size_t>(end - field)}, options.dialect);
}

// Usually a single delimiter, which is not worth a call of memcpy().
char* write_fixed(char* out, std::string_view fixed) {
  if (fixed.size() != 1) return core::write_bytes(out, fixed);
  *out = fixed[0];
  return out + 1;
}

char* write_record(char* out, const CsvWriter& writer) {
  const char* const begin = out;
  for (int i = 0; i < writer.field_count; ++i) {
    out = write_fixed(out, writer.fields[i].before);
    out = write_cell(out, writer.fields[i].cell, writer.options);
  }
  out = core::write_bytes(out, writer.after);
  if (out == begin) out = core::write_bytes(out, kEmptyRecord);
  return core::write_bytes(out, core::kRecordEnd);
}

// Appends what `write` writes, which is at most `bound` bytes. Near the size limit of a value,
// `bound` may not fit although the bytes would; only then a temporary buffer is used, which costs a
// copy.
template <typename Write>
void append_bounded(OutputBuffer& output, std::size_t bound, Write write) {
  if (can_hold(output, bound)) return commit(output, write(reserve(output, bound)));
  auto* copy = static_cast<char*>(MemoryContextAllocHuge(CurrentMemoryContext, bound));
  append(output, {copy, static_cast<std::size_t>(write(copy) - copy)});
  pfree(copy);
}

// Appends the prepared record.
void append_record(const CsvWriter& writer, std::size_t bound) {
  append_bounded(*writer.output, bound, [&](char* out) { return write_record(out, writer); });
  give_pieces(*writer.output);
}

// The header is a record in which every column is a field.
void append_header(CsvWriter& writer, const CellColumns& columns) {
  const auto count = static_cast<std::size_t>(columns.count);
  writer.fields = static_cast<CsvField*>(palloc0(sizeof(CsvField) * count));
  writer.field_count = columns.count;
  std::size_t bound = count + kEmptyRecord.size() + core::kRecordEnd.size();
  for (int i = 0; i < columns.count; ++i) {
    CsvField& field = writer.fields[i];
    field.column = &columns.columns[i];
    field.before = {&writer.options.dialect.delimiter, i > 0 ? std::size_t{1} : 0};
    bound += prepare_text(field.cell, field.column->header);
  }
  append_record(writer, bound);
}

// Takes the fixed bytes collected before a field, or after the last one. The copy has just the size
// it needs, so that the fixed bytes of all fields stay in the cache together.
std::string_view take_fixed(CsvWriter& writer, OutputBuffer& fixed) {
  const std::size_t size = fixed.used - VARHDRSZ;
  const char* taken = pnstrdup(fixed.value + VARHDRSZ, size);
  fixed.used = VARHDRSZ;
  writer.fixed_bound += size;
  return {taken, size};
}

// Everything that is the same in each record after the header is encoded once, together with the
// delimiters around it.
void fold_constants(CsvWriter& writer) {
  writer.fixed_bound = kEmptyRecord.size() + core::kRecordEnd.size();
  OutputBuffer fixed = make_output_buffer();
  int kept = 0;
  for (int i = 0; i < writer.field_count; ++i) {
    CsvField field = writer.fields[i];
    append(fixed, field.before);
    if (field.column->is_constant) {
      const std::string_view constant = field.column->constant;
      append_bounded(fixed, core::field_bound(constant.size()), [&](char* out) {
        return core::write_field(out, constant, writer.options.dialect);
      });
    } else {
      field.before = take_fixed(writer, fixed);
      writer.fields[kept++] = field;
    }
  }
  writer.field_count = kept;
  writer.after = take_fixed(writer, fixed);
}

// Without a byte order mark, Excel takes a file that begins with "ID" for another format (SYLK).
void require_no_sylk(std::string_view header) {
  if (!core::begins_as_sylk(header)) return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("a CSV without a byte order mark must not begin with \"ID\""),
                  errdetail("Excel takes a CSV that begins with ID for another format (SYLK), and "
                            "reports it as damaged."),
                  errhint("Set export_leads.csv_bom to on, or give the first column another header "
                          "with export_leads_set_header().")));
}

void begin_csv(RecordWriter* self, const FileHeader& header) {
  CsvWriter& writer = csv(self);
  if (writer.options.byte_order_mark)
    append(*writer.output, core::kByteOrderMark);
  else
    require_no_sylk(header.columns.columns[0].header);
  append_header(writer, header.columns);
  fold_constants(writer);
}

void write_csv(RecordWriter* self, const TupleTableSlot* row) {
  CsvWriter& writer = csv(self);
  append_record(writer, prepare_record(writer, row));
}

void end_csv(RecordWriter* self) {
  if (csv(self).output->sink != nullptr) give_last_piece(*csv(self).output);
}

std::uint64_t csv_bytes(const RecordWriter* self) {
  return bytes_written(*reinterpret_cast<const CsvWriter*>(self)->file);
}

}  // namespace

CsvWriter make_csv_writer(OutputBuffer* output, const CsvOptions& options) {
  CsvWriter writer{};
  writer.pub = {begin_csv, write_csv, end_csv, csv_bytes};
  writer.output = output;
  writer.file = output;
  writer.options = options;
  return writer;
}

bool is_csv(const RecordWriter* writer) { return writer->write == write_csv; }

}  // namespace export_leads
