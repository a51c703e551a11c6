// export_leads_xlsx(tenant, status, columns, created_from, created_to) -> bytea: an export as a
// workbook.
#include "core/xlsx/workbook.hpp"
#include "pg/export/export_log.hpp"
#include "pg/file/sheet_writer.hpp"
#include "pg/functions/arguments.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_xlsx);
}

Datum export_leads_xlsx(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  Datum file = 0;
  during_logged_export(fcinfo, "xlsx", [&](ExportLog& log) {
    OutputBuffer output = make_output_buffer();
    SheetWriter writer = make_sheet_writer(&output);
    log.written = write_export(extension_schema(fcinfo), read_request(fcinfo, 2), &writer.pub);
    file = finish(output);
  });
  PG_RETURN_DATUM(file);
}
