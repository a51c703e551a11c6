// _export_leads_is_mutable_policy(relation regclass, policy text) -> boolean: is_mutable_policy()
// for SQL.
#include "pg/guard/policy.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_is_mutable_policy);
}

Datum export_leads_is_mutable_policy(PG_FUNCTION_ARGS) {
  PG_RETURN_BOOL(
      export_leads::is_mutable_policy(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1))));
}
