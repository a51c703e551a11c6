// export_leads_file(tenant, status, format, columns, created_from, created_to) -> (filename,
// content_type, lead_count, body): everything that a web server needs for its response, in one row.
// The body is a bytea, so that the client encoding does not change it.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_file);
}

namespace export_leads {
namespace {

constexpr int kFormatArgument = 2;
constexpr int kColumnsArgument = 3;

Datum export_file(FunctionCallInfo fcinfo, ExportLog& log) {
  TupleDesc row = nullptr;
  if (get_call_result_type(fcinfo, nullptr, &row) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "export_leads_file() returns a row");
  const Format& format = read_format(fcinfo, kFormatArgument);
  const Request request = read_request(fcinfo, kColumnsArgument);
  OutputBuffer output = make_output_buffer();
  log.written =
      write_file(extension_schema(fcinfo), request, format, session_csv_options(), &output);
  Datum values[] = {make_filename(request.status, format, log.written.day),
                    CStringGetTextDatum(format.content_type), Int64GetDatum(log.written.lead_count),
                    finish_in_row(output)};
  bool nulls[lengthof(values)] = {};
  return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(row), values, nulls));
}

}  // namespace
}  // namespace export_leads

Datum export_leads_file(PG_FUNCTION_ARGS) {
  Datum file = 0;
  export_leads::during_logged_export(fcinfo, nullptr, [&](export_leads::ExportLog& log) {
    file = export_leads::export_file(fcinfo, log);
  });
  PG_RETURN_DATUM(file);
}
