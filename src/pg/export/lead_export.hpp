// Runs one export from beginning to end. Nothing else in the extension reads leads, whatever the
// format and the caller.
#pragma once

#include "pg/export/ready_export.hpp"
#include "pg/file/record_writer.hpp"

namespace export_leads {

/// Facts about a written file: how many leads and bytes it holds, and the day it was written, in
/// the time zone of the times in it.
struct WrittenExport {
  std::int64_t lead_count;
  std::int64_t bytes;
  DateADT day;
};

/// Writes the leads that match the request to a file with `writer`. Raises 55000 where the set-up
/// is missing or no longer safe; 22023 for columns that the site does not have, and where
/// created_from is after created_to; 22007 and 22008 for bounds that are not valid times; the error
/// of the tenant type's input function where it cannot read the tenant; 42501 where the caller may
/// not export this tenant; and what the writer raises. Must be called within during_export().
WrittenExport write_export(Oid extension_schema, const Request& request, RecordWriter* writer);

/// Runs an export in a parallel worker: with the guards of every export, but in the leader's
/// snapshot, for the caller whom the leader has checked, and from the tables that the leader reads.
/// Does not run `task` where something has changed since that snapshot. Raises what write_export()
/// raises.
void run_export_in_worker(Oid extension_schema, const Request& request,
                          const Oid (&tables)[kTableCount], ExportTask* task);

/// The plan of an export, as EXPLAIN's text. With `run` the query also runs, and its rows are
/// discarded. Raises what write_export() raises. Must be called within during_export().
const char* explain_export(Oid extension_schema, const Request& request, bool run);

/// Reports everything that would make write_export() of these columns raise 55000. Reads no rows.
/// Raises PostgreSQL's own error for a column whose expression is no longer valid. Must be called
/// within during_export().
void inspect_export(Oid extension_schema, ColumnNames columns, FindingSink& sink);

}  // namespace export_leads
