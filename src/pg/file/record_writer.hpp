// The interface of what writes a file, record by record, in one of the formats.
#pragma once

#include "pg/file/cell.hpp"

namespace export_leads {

/// The columns of a file. They live as long as the export.
struct CellColumns {
  CellColumn* columns;
  int count;
};

/// What a writer needs to know before the first lead.
struct FileHeader {
  CellColumns columns;
  std::string_view label;  ///< the status's label, which becomes the sheet's name
  bool right_to_left;      ///< whether a sheet is laid out from right to left
};

/// The base of a writer: the functions that a format supplies. A format's own writer begins with
/// this struct, and its other members follow.
struct RecordWriter {
  /// Writes the beginning of the file, before the first lead.
  void (*begin)(RecordWriter* self, const FileHeader& header);
  /// Writes a row as a record. The current memory context is reset after each row.
  void (*write)(RecordWriter* self, const TupleTableSlot* row);
  /// Writes the end of the file.
  void (*end)(RecordWriter* self);
  /// How many bytes the file has so far, for the progress report.
  std::uint64_t (*bytes)(const RecordWriter* self);
};

}  // namespace export_leads
