// _export_leads_called_functions(column_name) -> setof regprocedure: the functions that a column's
// expression calls, including those of operators and casts. Raises PostgreSQL's own errors for an
// expression that is not valid, 22023 for an unknown column, and 55000 where the extension is not
// set up.
#include "pg/guard/finding.hpp"
#include "pg/query/lead_query.hpp"
#include "pg/sandbox/query_walk.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/reader_role.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_called_functions);
}

namespace export_leads {
namespace {

void put_function(Oid function, void* state) {
  const auto* result = static_cast<const ReturnSetInfo*>(state);
  Datum value = ObjectIdGetDatum(function);
  bool is_null = false;
  tuplestore_putvalues(result->setResult, result->setDesc, &value, &is_null);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_called_functions(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  Configuration configuration{};
  FindingSink sink = raising_sink();
  if (!read_configuration(extension_schema(fcinfo), &configuration)) sink(not_set_up());
  const Oid reader = reader_role();
  if (!OidIsValid(reader)) return 0;
  const char* name = text_to_cstring(PG_GETARG_TEXT_PP(0));
  const FileColumns columns = select_columns(configuration, extension_schema(fcinfo), {&name, 1});
  const Query* query = nullptr;
  while_cursors_are_held([&] {
    const Sandbox sandbox = enter_sandbox(reader);
    // The query's target list computes nothing but this expression.
    query =
        parse_analyze_query(lead_query(configuration, nullptr, columns, {}, CallLookup::per_lead));
    leave_sandbox(sandbox);
  });
  visit_functions(reinterpret_cast<Node*>(query->targetList), put_function, fcinfo->resultinfo);
  return 0;
}
