// A file of comma-separated values, in the session's dialect.
#pragma once

#include "core/csv.hpp"
#include "pg/output_buffer.hpp"
#include "pg/record_writer.hpp"

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

struct CsvWriter {
  RecordWriter pub;
  OutputBuffer* output;
  CsvOptions options;
  CellColumns columns;
};
static_assert(std::is_trivially_destructible_v<CsvWriter> && std::is_standard_layout_v<CsvWriter>);

/// Makes a writer into `output`, which must outlive it.
CsvWriter make_csv_writer(OutputBuffer* output, const CsvOptions& options);

}  // namespace export_leads
