// export_leads_csv(tenant, status, columns, created_from, created_to) -> text, and
// export_leads_csv_stream() of the same -> setof text: a file of comma-separated values.
#include "core/csv/field.hpp"
#include "pg/file/csv_writer.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"
#include "pg/sandbox/sandbox.hpp"

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
  using namespace export_leads;
  Datum file = 0;
  during_export([&] {
    OutputBuffer output = make_output_buffer();
    write_csv_file(fcinfo, output);
    file = finish(output);
  });
  PG_RETURN_DATUM(file);
}

/// The pieces are made before the first is returned: a set that is read slowly must not keep the
/// export's user and settings.
Datum export_leads_csv_stream(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  during_export([&] {
    OutputBuffer output =
        make_output_pieces(reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo));
    write_csv_file(fcinfo, output);
  });
  return 0;
}
