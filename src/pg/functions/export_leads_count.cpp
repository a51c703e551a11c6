// export_leads_count(tenant, status, created_from, created_to) -> bigint: how many leads an export
// would hold. It is an export of the same guards, whose records are counted instead of written.
#include "pg/export/export_log.hpp"
#include "pg/functions/arguments.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_count);
}

namespace export_leads {
namespace {

WrittenExport count_leads(FunctionCallInfo fcinfo) {
  Request request = read_request_without_columns(fcinfo, 2);
  const char* column = "status_id";  // the same for all leads: no column of theirs is computed
  request.columns = {&column, 1};
  RecordWriter writer{};
  writer.begin = [](RecordWriter*, const FileHeader&) {};
  writer.write = [](RecordWriter*, const TupleTableSlot*) {};
  writer.end = [](RecordWriter*) {};
  writer.bytes = [](const RecordWriter*) -> std::uint64_t { return 0; };
  return write_export(extension_schema(fcinfo), request, &writer);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_count(PG_FUNCTION_ARGS) {
  std::int64_t count = 0;
  export_leads::during_logged_export(fcinfo, nullptr, [&](export_leads::ExportLog& log) {
    log.written = export_leads::count_leads(fcinfo);
    count = log.written.lead_count;
  });
  PG_RETURN_INT64(count);
}
