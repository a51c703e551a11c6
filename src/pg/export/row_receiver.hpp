// The destination of the leads' query: checks the tenant of each row and writes it as a record.
#pragma once

#include "pg/export/ready_export.hpp"
#include "pg/file/record_writer.hpp"

namespace export_leads {

struct RowReceiver {
  DestReceiver pub;
  RecordWriter* writer;
  const Tenant* tenant;
  const FileColumns* columns;
  ShownStatus status;
  bool right_to_left;
  MemoryContext context;      ///< for what lives as long as the export
  MemoryContext row_context;  ///< reset after each row, so that output functions cannot leak
  std::int64_t count;         ///< the number of leads received so far
};
static_assert(std::is_trivially_destructible_v<RowReceiver> &&
              std::is_standard_layout_v<RowReceiver>);

/// Makes a receiver for lead_query()'s rows that writes a whole file with `writer`. It raises XX000
/// for a row of another tenant. It allocates in the current memory context, and keeps pointers to
/// its arguments.
RowReceiver make_row_receiver(RecordWriter* writer, const ReadyExport& ready);

}  // namespace export_leads
