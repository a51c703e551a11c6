// Writes the log's lines: JSON, so that nothing in an argument can end a line or pass for another
// field. A line holds what the caller asked for, and no lead's data.
#include "pg/export/export_log.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/json.h"
}

namespace export_leads {

bool log_exports_setting = false;
char* requested_by_setting = nullptr;

namespace {

// The longest value in a line, in bytes. Arguments that are refused may be of any length.
constexpr int kLongestValue = 256;

void put_text(StringInfo line, const char* name, const char* value) {
  const int size = static_cast<int>(std::strlen(value));
  const int kept = pg_mbcliplen(value, size, kLongestValue);
  appendStringInfo(line, "%s\"%s\":", line->len == 1 ? "" : ",", name);
  escape_json(line, kept == size ? value : psprintf("%.*s...", kept, value));
}

// The value without bytes that are no text: PostgreSQL does not check those of connection options.
const char* as_text(const char* value) {
  if (pg_verifymbstr(value, static_cast<int>(std::strlen(value)), true)) return value;
  char* text = pstrdup(value);
  for (char* byte = text; *byte != 0; ++byte)
    if (IS_HIGHBIT_SET(*byte)) *byte = '?';
  return text;
}

// The arguments that are given, by their names.
void put_arguments(StringInfo line, FunctionCallInfo fcinfo) {
  HeapTuple function = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
  if (!HeapTupleIsValid(function)) elog(ERROR, "function %u was dropped", fcinfo->flinfo->fn_oid);
  put_text(line, "function", NameStr(reinterpret_cast<Form_pg_proc>(GETSTRUCT(function))->proname));
  Oid* types = nullptr;
  char** names = nullptr;
  char* modes = nullptr;
  const int count = get_func_arg_info(function, &types, &names, &modes);
  for (int i = 0; i < Min(count, PG_NARGS()); ++i) {
    if (PG_ARGISNULL(i)) continue;
    Oid output = InvalidOid;
    bool is_varlena = false;
    getTypeOutputInfo(types[i], &output, &is_varlena);
    put_text(line, names[i], OidOutputFunctionCall(output, PG_GETARG_DATUM(i)));
  }
  ReleaseSysCache(function);
}

void write_line(const ExportLog& log, const char* sqlstate) {
  instr_time took;
  INSTR_TIME_SET_CURRENT(took);
  INSTR_TIME_SUBTRACT(took, log.begun);
  ereport(LOG_SERVER_ONLY,
          (errmsg_internal("export_leads: %s,\"leads\":" INT64_FORMAT ",\"bytes\":" INT64_FORMAT
                           ",\"milliseconds\":%.3f,\"sqlstate\":\"%s\"}",
                           log.beginning, static_cast<int64>(log.written.lead_count),
                           static_cast<int64>(log.written.bytes), INSTR_TIME_GET_MILLISEC(took),
                           sqlstate),
           errhidestmt(true), errhidecontext(true)));
}

}  // namespace

ExportLog begin_log(FunctionCallInfo fcinfo, const char* format) {
  ExportLog log{};
  if (!log_exports_setting) return log;
  INSTR_TIME_SET_CURRENT(log.begun);
  StringInfoData line;
  initStringInfo(&line);
  appendStringInfoChar(&line, '{');
  put_text(&line, "role", GetUserNameFromId(GetUserId(), false));
  put_text(&line, "session_role", GetUserNameFromId(GetSessionUserId(), false));
  if (requested_by_setting[0] != 0) put_text(&line, "requested_by", as_text(requested_by_setting));
  put_arguments(&line, fcinfo);
  if (format != nullptr) put_text(&line, "format", format);
  log.beginning = line.data;
  return log;
}

void log_success(const ExportLog& log) { write_line(log, "00000"); }

void log_failure(int exit_code, Datum log) {
  // Where the session ends, its FATAL error, which has its own line, is no longer at hand.
  const bool is_error = exit_code == 0;
  write_line(*reinterpret_cast<const ExportLog*>(DatumGetPointer(log)),
             is_error ? unpack_sql_state(geterrcode()) : "FATAL");
}

}  // namespace export_leads
