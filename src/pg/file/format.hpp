// The formats that a file can have, and the name under which it is saved.
#pragma once

#include "pg/file/csv_writer.hpp"

namespace export_leads {

struct Format {
  const char* name;  ///< also the file name's extension
  const char* content_type;
  bool is_compressed;  ///< whether its bytes are compressed already
  /// Makes a writer into `output`, which must outlive it, in the current memory context. Only CSV
  /// uses the options.
  RecordWriter* (*make_writer)(OutputBuffer* output, const CsvOptions& options);
};

/// Returns the format of that name. Raises 22023, with the list of formats as a hint, where there
/// is none.
const Format& find_format(std::string_view name);

/// Returns the format that an argument names. Raises 22004 where the argument is null, and 22023,
/// with the list of formats as a hint, where there is no such format.
const Format& read_format(FunctionCallInfo fcinfo, int argument);

/// The name of the file of a status, as a text. Raises 22008 for a date that is infinite or before
/// the year 1.
Datum make_filename(std::string_view status, const Format& format, DateADT date);

}  // namespace export_leads
