// _export_leads_session_tenant_schemas(configuration) -> setof regnamespace: the schemas of the
// functions that the expression of the session's tenant calls.
#include "pg/query/site_expression.hpp"
#include "pg/sandbox/called_functions.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_session_tenant_schemas);
}

Datum export_leads_session_tenant_schemas(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  const auto* result = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  const Query* query =
      analyze_session_tenant_as_owner(configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0)));
  if (query == nullptr) return 0;
  ListCell* cell = nullptr;
  foreach (cell, called_functions(reinterpret_cast<Node*>(query->targetList))) {
    Datum schema = ObjectIdGetDatum(get_func_namespace(lfirst_oid(cell)));
    bool is_null = false;
    tuplestore_putvalues(result->setResult, result->setDesc, &schema, &is_null);
  }
  return 0;
}
