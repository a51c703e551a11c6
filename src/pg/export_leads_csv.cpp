// export_leads_csv(tenant, status, columns, created_from, created_to) -> text, and
// export_leads_csv_stream() of the same -> setof text: a file of comma-separated values.
#include "core/csv.hpp"
#include "pg/csv_writer.hpp"
#include "pg/export_arguments.hpp"
#include "pg/sandbox.hpp"
#include "pg/settings.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_csv);
PG_FUNCTION_INFO_V1(export_leads_csv_stream);
}

namespace export_leads {
namespace {

void write_csv_file(FunctionCallInfo fcinfo, OutputBuffer& output) {
  CsvWriter writer = make_csv_writer(&output, session_csv_options());
  (void)write_export(extension_schema(fcinfo), read_request(fcinfo, 2), &writer.pub);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_csv(PG_FUNCTION_ARGS) {
  volatile Datum file = 0;
  export_leads::begin_export();
  // The tenant is state of the backend, which no abort clears.
  PG_TRY();
  {
    export_leads::OutputBuffer output = export_leads::make_output_buffer();
    export_leads::write_csv_file(fcinfo, output);
    file = export_leads::finish(output);
  }
  PG_FINALLY();
  { export_leads::end_export(); }
  PG_END_TRY();
  PG_RETURN_DATUM(file);
}

/// The pieces are made before the first is returned: a set that is read slowly must not keep the
/// export's user and settings.
Datum export_leads_csv_stream(PG_FUNCTION_ARGS) {
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  export_leads::begin_export();
  PG_TRY();
  {
    export_leads::OutputBuffer output = export_leads::make_output_pieces(
        reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo));
    export_leads::write_csv_file(fcinfo, output);
  }
  PG_FINALLY();
  { export_leads::end_export(); }
  PG_END_TRY();
  return 0;
}
