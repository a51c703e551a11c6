// _export_leads_tells_tenants_alike(relation, column, other, other_column) -> boolean:
// tells_alike() for two tenant columns: whether both read the same text as the same tenant.
#include "pg/setup/tenant_type.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_tells_tenants_alike);
}

Datum export_leads_tells_tenants_alike(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  PG_RETURN_BOOL(
      tells_alike(tenant_type(PG_GETARG_OID(0), TextDatumGetCString(PG_GETARG_DATUM(1))),
                  tenant_type(PG_GETARG_OID(2), TextDatumGetCString(PG_GETARG_DATUM(3)))));
}
