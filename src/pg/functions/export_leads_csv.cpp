// export_leads_csv(tenant, status, columns, created_from, created_to) -> text: an export as a file
// of comma-separated values.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_csv);
}

Datum export_leads_csv(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  Datum file = 0;
  during_logged_export(fcinfo, "csv", [&](ExportLog& log) {
    OutputBuffer output = make_output_buffer();
    log.written = write_file(extension_schema(fcinfo), read_request(fcinfo, 2), find_format("csv"),
                             session_csv_options(), &output);
    file = finish(output);
  });
  PG_RETURN_DATUM(file);
}
