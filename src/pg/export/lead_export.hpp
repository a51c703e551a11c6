// One export from beginning to end: the only way to a row, whatever the format and whoever calls.
#pragma once

#include "pg/file/record_writer.hpp"
#include "pg/guard/finding.hpp"
#include "pg/query/request.hpp"

namespace export_leads {

/// What there is to say of a file: how many leads are in it, and the day it was written, in the
/// zone of its times.
struct WrittenExport {
  std::int64_t lead_count;
  DateADT day;
};

/// Writes a file of the leads of the request with `writer`. Raises 55000 where the set-up is
/// missing or no longer safe, 22023 for columns that the site does not have and for a range the
/// wrong way round, 22007 and 22008 for bounds that are no times, the tenant type's own error where
/// the tenant is not readable, 42501 where the caller may not have it, and what the writer raises.
/// Must stand in during_export().
WrittenExport write_export(Oid extension_schema, const Request& request, RecordWriter* writer);

/// The plan of such an export, as EXPLAIN's text; with `run` it is run and its rows are dropped.
/// Raises what write_export() raises. Must stand in during_export(), too.
const char* explain_export(Oid extension_schema, const Request& request, bool run);

/// Reports everything that would make write_export() of these columns raise 55000. Reads no rows.
/// Raises what PostgreSQL raises for a column whose expression is no longer valid. Must stand in
/// during_export(), too.
void inspect_export(Oid extension_schema, ColumnNames columns, FindingSink& sink);

}  // namespace export_leads
