// Writes files of comma-separated values, as the session's settings say.
#pragma once

#include "core/csv/field.hpp"
#include "pg/file/output_buffer.hpp"
#include "pg/file/record_writer.hpp"

namespace export_leads {

/// How timestamps are written: as Python's isoformat() does, or in a form that Excel reads as a
/// date.
enum class TimestampStyle { iso, excel };

/// How the session wants its CSV: the settings export_leads.csv_delimiter, .csv_bom, .formula_guard
/// and .timestamp_style.
struct CsvOptions {
  core::Dialect dialect;
  bool byte_order_mark;
  TimestampStyle timestamp_style;
};

/// A cell whose value is ready to be written.
struct CsvCell {
  CellKind kind;              ///< text, an integer kind or a time kind
  std::string_view text;      ///< the value of a text
  std::int64_t number;        ///< the value of an integer or a time
  std::int32_t seconds_east;  ///< for timestamptz
};

/// A field that differs between records, with the fixed bytes before it.
struct CsvField {
  CellColumn* column;
  /// Fixed bytes between this field and the one before it, or the beginning of the record.
  std::string_view before;
  CsvCell cell;  ///< the cell in the current record
};

/// Writes a record as its fields, the fixed bytes before each of them, and those after the last
/// one.
struct CsvWriter {
  RecordWriter pub;
  OutputBuffer* output;  ///< where records go; may be another than `file` for some of them
  OutputBuffer* file;
  CsvOptions options;
  CsvField* fields;
  int field_count;
  /// The fixed bytes after the last field.
  std::string_view after;
  /// Upper bound, in bytes, of a record without its fields, but with its line end.
  std::size_t fixed_bound;
};
static_assert(std::is_trivially_destructible_v<CsvWriter> && std::is_standard_layout_v<CsvWriter>);

/// Makes a writer into `output`, which must outlive it. The writer raises 54000 where the file
/// becomes larger than a value can hold, and 55000 where the file would begin with "ID" without a
/// byte order mark.
CsvWriter make_csv_writer(OutputBuffer* output, const CsvOptions& options);

/// Whether a writer is a CsvWriter.
bool is_csv(const RecordWriter* writer);

}  // namespace export_leads
