// export_leads_explain(tenant, status, run, columns, created_from, created_to) -> setof text: the
// plan of an export, which is checked like an export.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_explain);
}

namespace export_leads {
namespace {

void put_lines(const ReturnSetInfo* result, const char* text) {
  while (*text != 0) {
    const std::size_t size = std::strcspn(text, "\n");
    Datum line = PointerGetDatum(cstring_to_text_with_len(text, static_cast<int>(size)));
    bool is_null = false;
    tuplestore_putvalues(result->setResult, result->setDesc, &line, &is_null);
    text += size + (text[size] == 0 ? 0 : 1);
  }
}

}  // namespace
}  // namespace export_leads

Datum export_leads_explain(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  during_logged_export(fcinfo, nullptr, [&](ExportLog&) {
    const bool run = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
    put_lines(reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo),
              explain_leads(extension_schema(fcinfo), read_request(fcinfo, 3), run));
  });
  return 0;
}
