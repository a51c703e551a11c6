// One export from beginning to end: the only way to a row, whatever the format and whoever calls.
#pragma once

#include "pg/lead_planner.hpp"

namespace export_leads {

/// Writes a file of the leads of the request with `writer`; returns how many they were. Raises
/// 55000 where the set-up is missing or no longer safe, 22023 for columns that the site does not
/// have, the tenant type's own error where the tenant is not readable, 42501 where the caller may
/// not have it, and what the writer raises. Must stand in during_export().
std::int64_t write_export(Oid extension_schema, const Request& request, RecordWriter* writer);

/// The plan of such an export, as EXPLAIN's text; with `run` it is run and its rows are dropped.
/// Raises what write_export() raises. Must stand in during_export(), too.
const char* explain_export(Oid extension_schema, const Request& request, bool run);

/// Reports everything that would make write_export() of these columns raise 55000. Reads no rows.
/// Raises what PostgreSQL raises for a column whose expression is no longer valid. Must stand in
/// during_export(), too.
void inspect_export(Oid extension_schema, ColumnNames columns, FindingSink& sink);

}  // namespace export_leads
