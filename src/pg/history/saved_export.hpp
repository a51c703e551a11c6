// An export whose file is kept.
#pragma once

#include "pg/export/lead_export.hpp"
#include "pg/file/format.hpp"

namespace export_leads {

struct SaveRequest {
  Request request;
  const Format* format;
  CsvOptions options;
  const char* requested_by;  ///< the application's user; nullptr where none is known
  Datum export_id;           ///< the row that a schedule's run has begun; 0 for a new one
};

struct SavedExport {
  WrittenExport written;
  Datum export_id;  ///< a uuid
  Datum filename;   ///< a text
};

/// Exports and keeps the file. Raises what write_export() and keep_file() raise, and 25006 in a
/// transaction that must not write. Must be called within during_export().
SavedExport save_export(Oid extension_schema, const SaveRequest& save);

}  // namespace export_leads
