// What writes a file, record by record, in one of the formats.
#pragma once

#include "pg/file/cell.hpp"

namespace export_leads {

/// The columns of a file, which live as long as the export.
struct CellColumns {
  CellColumn* columns;
  int count;
};

/// What a file says of itself before its first lead.
struct FileHeader {
  CellColumns columns;
  std::string_view label;  ///< of the status, which a sheet is named after
  bool right_to_left;      ///< the direction of a sheet
};

/// Begins with the functions that a format gives; what else it needs follows them.
struct RecordWriter {
  /// Begins the file: what comes before the first lead.
  void (*begin)(RecordWriter* self, const FileHeader& header);
  /// Writes a row. The current memory context is that of the row.
  void (*write)(RecordWriter* self, const TupleTableSlot* row);
  /// Ends the file.
  void (*end)(RecordWriter* self);
  /// How many bytes the file has so far, for the progress report.
  std::uint64_t (*bytes)(const RecordWriter* self);
};

}  // namespace export_leads
