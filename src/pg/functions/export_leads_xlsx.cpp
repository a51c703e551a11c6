// export_leads_xlsx(tenant, status, columns, created_from, created_to) -> bytea: an export as a
// workbook.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_xlsx);
}

Datum export_leads_xlsx(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  Datum file = 0;
  during_logged_export(fcinfo, "xlsx", [&](ExportLog& log) {
    OutputBuffer output = make_output_buffer();
    log.written = write_file(extension_schema(fcinfo), read_request(fcinfo, 2), find_format("xlsx"),
                             {}, &output);
    file = finish(output);
  });
  PG_RETURN_DATUM(file);
}
