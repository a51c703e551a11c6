// _export_leads_findings(columns) -> rows: the findings that would make an export of these columns
// (NULL: the standard ones) raise 55000. export_leads_check() shows them.
#include "core/csv/field.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/sandbox/sandbox.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_findings);
}

namespace export_leads {
namespace {

void put_finding(const Finding& finding, void* state) {
  const auto* result = static_cast<const ReturnSetInfo*>(state);
  const char* detail = finding.decision == nullptr
                           ? finding.detail
                           : psprintf("%s: %s", finding.detail, finding.decision);
  const char* texts[] = {finding.name, finding.object, detail, finding.remediation, finding.policy};
  Datum values[lengthof(texts)] = {};
  bool nulls[lengthof(texts)] = {};
  for (std::size_t i = 0; i < lengthof(texts); ++i) {
    nulls[i] = texts[i] == nullptr;
    if (!nulls[i]) values[i] = CStringGetTextDatum(texts[i]);
  }
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_findings(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  during_export([&] {
    FindingSink sink{put_finding, fcinfo->resultinfo, 0};
    inspect_export(extension_schema(fcinfo), read_column_names(fcinfo, 0), sink);
  });
  return 0;
}
