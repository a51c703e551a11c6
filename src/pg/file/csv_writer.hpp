// A file of comma-separated values, in the session's dialect.
#pragma once

#include "core/csv/field.hpp"
#include "pg/file/output_buffer.hpp"
#include "pg/file/record_writer.hpp"

namespace export_leads {

/// How timestamps are written: as isoformat() does, or as Excel reads a date.
enum class TimestampStyle { iso, excel };

/// How the session wants its CSV: export_leads.csv_delimiter, .csv_bom, .formula_guard,
/// .timestamp_style.
struct CsvOptions {
  core::Dialect dialect;
  bool byte_order_mark;
  TimestampStyle timestamp_style;
};

/// A value that is ready to be written.
struct CsvCell {
  CellKind kind;              ///< text, one of the integers, or a time
  std::string_view text;      ///< of a text
  std::int64_t number;        ///< of an integer or a time
  std::int32_t seconds_east;  ///< of a timestamptz
};

/// A field that differs between records.
struct CsvField {
  CellColumn* column;
  std::string_view
      before;    ///< what is between the field before it, or the record's beginning, and it
  CsvCell cell;  ///< of the record at hand
};

/// A record is its fields, what is before each of them, and what is after the last one.
struct CsvWriter {
  RecordWriter pub;
  OutputBuffer* output;
  CsvOptions options;
  CsvField* fields;
  int field_count;
  std::string_view after;
  std::size_t
      fixed_bound;  ///< upper bound, in bytes, of what is not fields, the record's end included
};
static_assert(std::is_trivially_destructible_v<CsvWriter> && std::is_standard_layout_v<CsvWriter>);

/// Makes a writer into `output`, which must outlive it.
CsvWriter make_csv_writer(OutputBuffer* output, const CsvOptions& options);

}  // namespace export_leads
