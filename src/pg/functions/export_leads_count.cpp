// export_leads_count(tenant, status, created_from, created_to) -> bigint: how many leads an export
// would hold. It is an export of the same guards, whose records are counted instead of written.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_count);
}

Datum export_leads_count(PG_FUNCTION_ARGS) {
  std::int64_t count = 0;
  export_leads::during_logged_export(fcinfo, nullptr, [&](export_leads::ExportLog& log) {
    count = export_leads::count_leads(export_leads::extension_schema(fcinfo),
                                      export_leads::read_request_without_columns(fcinfo, 2));
    log.written.lead_count = count;
  });
  PG_RETURN_INT64(count);
}
