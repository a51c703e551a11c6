// Where the executor puts the leads: each row is held against the tenant and becomes a record.
#pragma once

#include "pg/file/record_writer.hpp"
#include "pg/guard/tenant.hpp"
#include "pg/query/status.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

struct RowReceiver {
  DestReceiver pub;
  RecordWriter* writer;
  const Tenant* tenant;
  const FileColumns* columns;
  ShownStatus status;
  bool right_to_left;
  MemoryContext context;      ///< the receiver's own: for what lives as long as the export
  MemoryContext row_context;  ///< for what lives as long as a row: avoids leaks in output functions
  std::int64_t count;         ///< the leads so far
};
static_assert(std::is_trivially_destructible_v<RowReceiver> &&
              std::is_standard_layout_v<RowReceiver>);

/// Makes a receiver of lead_query()'s rows that writes a whole file with `writer`, and fails where
/// a row is another tenant's. What it needs lives in the current memory context; it refers to its
/// arguments.
RowReceiver make_row_receiver(RecordWriter* writer, const FileColumns* columns,
                              const Tenant* tenant, ShownStatus status, bool right_to_left);

}  // namespace export_leads
