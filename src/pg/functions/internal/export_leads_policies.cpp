// _export_leads_policies(relation regclass, tenant_column text, has_defaults boolean) -> rows
// (policy, permissive, condition, is_intact): our policies that a table must have. Where
// `tenant_column` is NULL, the table's rows belong to every tenant.
#include "pg/guard/policy.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_policies);
}

Datum export_leads_policies(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  if (PG_ARGISNULL(0) || !OidIsValid(PG_GETARG_OID(0))) return 0;
  const auto* result = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  const char* column = PG_ARGISNULL(1) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(1));
  // The function in version 0.1.0 has no third argument.
  const bool has_defaults = PG_NARGS() > 2 && !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
  OwnPolicyState policies[kOwnPolicyCount];
  read_own_policies(extension_schema(fcinfo), PG_GETARG_OID(0), column, has_defaults, policies);
  for (const OwnPolicyState& policy : policies) {
    const bool has_condition = policy.condition != nullptr;
    Datum values[] = {CStringGetTextDatum(policy.name), BoolGetDatum(policy.permissive),
                      has_condition ? CStringGetTextDatum(policy.condition) : 0,
                      BoolGetDatum(policy.is_intact)};
    bool nulls[lengthof(values)] = {false, false, !has_condition, false};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return 0;
}
