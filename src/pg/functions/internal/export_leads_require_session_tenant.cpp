// _export_leads_require_session_tenant(configuration): raises what is wrong with the expression of
// the session's tenant, as the owner of the leads sees it: the reader may not be there yet.
#include "pg/query/site_expression.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_require_session_tenant);
}

Datum export_leads_require_session_tenant(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  (void)analyze_session_tenant_as_owner(configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0)));
  PG_RETURN_VOID();
}
