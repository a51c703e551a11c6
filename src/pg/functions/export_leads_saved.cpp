// export_leads_saved(tenant, export_id) -> (filename, content_type, lead_count, body): a kept file,
// byte for byte as it was exported.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/history/kept_file.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_saved);
}

namespace export_leads {
namespace {

struct BodyReader {
  PieceReader pub;
  bytea* body;
};

char* room_in_body(PieceReader* self, std::int64_t first, std::size_t) {
  return VARDATA(reinterpret_cast<BodyReader*>(self)->body) + first;
}

bytea* make_body(std::int64_t size) {
  constexpr std::int64_t kMost = MaxAllocSize - 4096;  // with the rest of the row
  if (size > kMost)
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the kept file is larger than 1 GB"),
             errdetail("A single value in PostgreSQL holds at most 1 GB."),
             errhint("Use export_leads_saved_pieces().")));
  const auto bytes = static_cast<std::size_t>(size) + VARHDRSZ;
  auto* body = static_cast<bytea*>(palloc(bytes));
  SET_VARSIZE(body, bytes);
  return body;
}

void put_file(FunctionCallInfo fcinfo, ExportLog& log) {
  const auto* set = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  const Datum export_id = export_id_argument(fcinfo);
  TenantCall call{};
  begin_tenant_call(call, extension_schema(fcinfo), tenant_argument(fcinfo), InvalidOid);
  const KeptFile file = find_kept_file(call, export_id);
  BodyReader reader{{room_in_body, [](PieceReader*, std::int64_t, std::size_t) {}},
                    make_body(file.size)};
  read_pieces(call, export_id, file, 0, file.size, reader.pub);
  end_tenant_call(call);
  log.written.lead_count = file.lead_count;
  log.written.bytes = file.size;
  Datum values[] = {file.filename, file.content_type, Int64GetDatum(file.lead_count),
                    PointerGetDatum(reader.body)};
  bool nulls[lengthof(values)] = {};
  tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_saved(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  during_logged_export(fcinfo, nullptr, [&](ExportLog& log) { put_file(fcinfo, log); });
  return 0;
}
