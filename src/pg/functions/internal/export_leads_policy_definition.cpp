// _export_leads_policy_definition(relation regclass, policy text) -> text: policy_definition() for
// SQL: what a policy does, or NULL where there is no such policy.
#include "pg/guard/policy.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_policy_definition);
}

Datum export_leads_policy_definition(PG_FUNCTION_ARGS) {
  const char* definition =
      export_leads::policy_definition(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
  if (definition == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(definition));
}
