// The formats of a file, and the name under which it is saved.
#pragma once

#include "pg/file/csv_writer.hpp"

namespace export_leads {

struct Format {
  const char* name;  ///< also the extension of the file's name
  const char* content_type;
  /// Makes a writer into `output`, which must outlive it, in the current memory context. The
  /// options are for CSV alone.
  RecordWriter* (*make_writer)(OutputBuffer* output, const CsvOptions& options);
};

/// The format that an argument names. Raises 22004 where it is null, and 22023, with the list,
/// where there is no such format.
const Format& read_format(FunctionCallInfo fcinfo, int argument);

/// The name of a file, as a text. Raises 22008 for a date that no name can hold.
Datum make_filename(std::string_view status, const Format& format, DateADT date);

}  // namespace export_leads
