// _export_leads_require_session_tenant(configuration) -> void: analyzes the expression of the
// session's tenant and raises its errors. It is analyzed as the owner of the leads, since the
// reader may not exist yet.
#include "pg/query/site_expression.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_require_session_tenant);
}

Datum export_leads_require_session_tenant(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  (void)analyze_session_tenant_as_owner(configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0)));
  PG_RETURN_VOID();
}
