// export_leads_csv_stream(tenant, status, columns, created_from, created_to) -> setof text: the
// text of export_leads_csv() in pieces. All pieces are made before the first one is returned, since
// an export's user and settings must not stay in place while a client reads slowly.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_csv_stream);
}

Datum export_leads_csv_stream(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  during_logged_export(fcinfo, "csv", [&](ExportLog& log) {
    SetSink set = make_set_sink(reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo));
    OutputBuffer output = make_output_pieces(&set.pub);
    log.written = write_file(extension_schema(fcinfo), read_request(fcinfo, 2), find_format("csv"),
                             session_csv_options(), &output);
  });
  return 0;
}
