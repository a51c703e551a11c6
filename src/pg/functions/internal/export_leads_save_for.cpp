// _export_leads_save_for(tenant, status, format, columns, created_from, created_to, requested_by,
// role, export_id) -> bigint: export_leads_save() on behalf of a role, into a row of the history
// that is there already, for a schedule's run. Returns the number of leads. Raises 42704 where the
// role is gone, and what export_leads_save() raises. Only the extension's owner can call it.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"
#include "pg/history/saved_export.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_save_for);
}

namespace export_leads {
namespace {

constexpr int kFormatArgument = 2;
constexpr int kColumnsArgument = 3;
constexpr int kRequestedByArgument = 6;
constexpr int kRoleArgument = 7;
constexpr int kExportIdArgument = 8;

WrittenExport save_for_role(FunctionCallInfo fcinfo) {
  SaveRequest save{read_request(fcinfo, kColumnsArgument), &read_format(fcinfo, kFormatArgument),
                   session_csv_options(), nullptr, PG_GETARG_DATUM(kExportIdArgument)};
  if (!PG_ARGISNULL(kRequestedByArgument))
    save.requested_by = text_to_cstring(PG_GETARG_TEXT_PP(kRequestedByArgument));
  save.request.caller.on_behalf_of =
      get_role_oid(text_to_cstring(PG_GETARG_TEXT_PP(kRoleArgument)), false);
  return save_export(extension_schema(fcinfo), save).written;
}

}  // namespace
}  // namespace export_leads

Datum export_leads_save_for(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  std::int64_t count = 0;
  during_logged_export(fcinfo, nullptr, [&](ExportLog& log) {
    log.written = save_for_role(fcinfo);
    count = log.written.lead_count;
  });
  PG_RETURN_INT64(count);
}
