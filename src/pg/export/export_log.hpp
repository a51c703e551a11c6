// Says in the server's log who exported what, where export_leads.log_exports is on: a line for each
// export, whatever becomes of it.
#pragma once

#include "pg/export/lead_export.hpp"
#include "pg/sandbox/sandbox.hpp"

extern "C" {
#include "portability/instr_time.h"
#include "storage/ipc.h"
}

namespace export_leads {

/// The settings of the log: whether there is one, and the user whom the application says it exports
/// for. settings.cpp defines them.
extern bool log_exports_setting;
extern char* requested_by_setting;

/// What the log will say of an export.
struct ExportLog {
  const char*
      beginning;  ///< of the line: who called what with what; nullptr where nothing is logged
  instr_time begun;
  WrittenExport written;  ///< to be set by the export; all 0 until then
};

/// Begins the line of a call. The format is that of the function; nullptr where it is an argument,
/// or where there is no file.
ExportLog begin_log(FunctionCallInfo fcinfo, const char* format);

void log_success(const ExportLog& log);

/// A callback for PG_ENSURE_ERROR_CLEANUP: logs the SQLSTATE of the current error, or that the
/// session ends.
void log_failure(int exit_code, Datum log);

/// Calls `body` with the log within during_export(). Raises what they raise.
template <typename Body>
void during_logged_export(FunctionCallInfo fcinfo, const char* format, Body body) {
  ExportLog log = begin_log(fcinfo, format);
  if (log.beginning == nullptr) {
    during_export([&] { body(log); });
    return;
  }
  PG_ENSURE_ERROR_CLEANUP(log_failure, PointerGetDatum(&log));
  {
    during_export([&] { body(log); });
  }
  PG_END_ENSURE_ERROR_CLEANUP(log_failure, PointerGetDatum(&log));
  log_success(log);
}

}  // namespace export_leads
