// One export from beginning to end: the only way to a row, whatever the format and whoever calls.
#pragma once

#include "pg/finding.hpp"
#include "pg/lead_query.hpp"
#include "pg/record_writer.hpp"

namespace export_leads {

/// What the caller asked for; the status has passed the core's rules, the range is not empty by
/// mistake. The columns' names are not checked yet: only the set-up knows them.
struct Request {
  const char* tenant;
  std::string_view status;
  ColumnNames columns;
  CreationRange created;
};
static_assert(std::is_trivially_destructible_v<Request>);

/// Writes a file of the leads of the request with `writer`; returns how many they were. Raises
/// 55000 where the set-up is missing or no longer safe, 22023 for columns that the site does not
/// have, the tenant type's own error where the tenant is not readable, 42501 where the caller may
/// not have it, and what the writer raises. Must stand between begin_export() and end_export().
std::int64_t write_export(Oid extension_schema, const Request& request, RecordWriter* writer);

/// The plan of such an export, as EXPLAIN's text; with `run` it is run and its rows are
/// dropped. Raises what write_export() raises. Must stand between begin_export() and end_export(),
/// too.
const char* explain_export(Oid extension_schema, const Request& request, bool run);

/// Reports everything that would make write_export() of these columns raise 55000. Reads no rows.
/// Raises what PostgreSQL raises for a column whose expression is no longer valid. Must stand
/// between begin_export() and end_export(), too.
void inspect_export(Oid extension_schema, ColumnNames columns, FindingSink& sink);

}  // namespace export_leads
