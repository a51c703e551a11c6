// _export_leads_canonical_tenant(tenant text) -> text: a tenant as the leads' type prints it.
// Raises what read_tenant() raises, and 55000 where the extension is not set up.
#include "pg/guard/finding.hpp"
#include "pg/guard/tenant.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_canonical_tenant);
}

Datum export_leads_canonical_tenant(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  if (PG_ARGISNULL(0))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("tenant must not be null")));
  FindingSink sink = raising_sink();
  Configuration configuration{};
  if (!read_configuration(extension_schema(fcinfo), &configuration)) sink(not_set_up());
  const Tenant tenant = read_tenant(configuration, text_to_cstring(PG_GETARG_TEXT_PP(0)));
  PG_RETURN_TEXT_P(cstring_to_text(tenant.text));
}
