// export_leads_save(tenant, status, format, columns, created_from, created_to, requested_by) ->
// (export_id, filename, content_type, lead_count, size): exports, and keeps the file in the
// database instead of returning it.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"
#include "pg/history/saved_export.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_save);
}

namespace export_leads {
namespace {

constexpr int kFormatArgument = 2;
constexpr int kColumnsArgument = 3;
constexpr int kRequestedByArgument = 6;

const char* requested_by_argument(FunctionCallInfo fcinfo) {
  if (!PG_ARGISNULL(kRequestedByArgument))
    return text_to_cstring(PG_GETARG_TEXT_PP(kRequestedByArgument));
  return requested_by_setting[0] == 0 ? nullptr : requested_by_setting;
}

void save_file(FunctionCallInfo fcinfo, ExportLog& log) {
  const auto* set = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  const Format& format = read_format(fcinfo, kFormatArgument);
  const SaveRequest save{read_request(fcinfo, kColumnsArgument), &format, session_csv_options(),
                         requested_by_argument(fcinfo), 0};
  const SavedExport saved = save_export(extension_schema(fcinfo), save);
  log.written = saved.written;
  Datum values[] = {saved.export_id, saved.filename, CStringGetTextDatum(format.content_type),
                    Int64GetDatum(saved.written.lead_count), Int64GetDatum(saved.written.bytes)};
  bool nulls[lengthof(values)] = {};
  tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_save(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  during_logged_export(fcinfo, nullptr, [&](ExportLog& log) { save_file(fcinfo, log); });
  return 0;
}
