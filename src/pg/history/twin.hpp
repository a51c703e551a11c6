// Lets a function whose C side has only to decide as whom it runs be written in SQL:
// export_leads_X() runs _export_leads_X(), its twin, with the same arguments and the same result.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The call of a twin: SQL with its arguments.
struct Twin {
  const char* sql;
  Oid* types;
  Datum* values;
  char* nulls;
  int count;
};
static_assert(std::is_trivially_destructible_v<Twin>);

/// The twin of the function that is being called, with its arguments. No overload can be called in
/// its place, since the arguments have exactly the declared types.
Twin find_twin(FunctionCallInfo fcinfo);

/// As find_twin(fcinfo), of another name.
Twin find_twin(FunctionCallInfo fcinfo, const char* name);

/// To be called first: makes the set that the function returns, if it returns one.
void begin_result(FunctionCallInfo fcinfo);

/// Runs the twin, and returns what it returned, as the result of the function that is being called.
/// In the active snapshot it reads only.
Datum run_twin(FunctionCallInfo fcinfo, const Twin& twin, bool in_active_snapshot = false);

/// Runs `sql` through SPI and calls `body` with the rows in SPI_tuptable, while SPI is connected;
/// `body` allocates what it returns in `caller`, the memory context of the call. In the active
/// snapshot `sql` reads only.
template <typename Body>
void with_rows(const char* sql, int count, Oid* types, Datum* values, const char* nulls,
               bool in_active_snapshot, Body body) {
  static_assert(std::is_trivially_destructible_v<Body>);
  MemoryContext caller = CurrentMemoryContext;
  SPI_connect();
  const int result = SPI_execute_with_args(sql, count, types, values, nulls, in_active_snapshot, 0);
  if (result < 0) elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(result));
  body(caller);
  SPI_finish();
}

/// Raises 55000 where the schema of the extension was renamed: the SQL of twins names it as it was,
/// and whoever may create a schema could have given theirs that name.
void require_own_schema(Oid extension_schema);

/// The extension's function or table of that name, qualified and quoted.
const char* own_name(Oid extension_schema, const char* name);

}  // namespace export_leads
