// The C side of the functions that read or write the history, schedules and deliveries of a tenant:
// export_leads_X(tenant, ...) runs, as the reader and for that tenant, _export_leads_X(tenant as
// text, ...), a function of SQL with the same other arguments and the same result.
#include "pg/functions/arguments.hpp"
#include "pg/history/tenant_call.hpp"
#include "pg/history/twin.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_for_tenant);
}

Datum export_leads_for_tenant(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  begin_result(fcinfo);
  Datum result = 0;
  during_export([&] {
    Twin twin = find_twin(fcinfo);
    TenantCall call{};
    begin_tenant_call(call, extension_schema(fcinfo), tenant_argument(fcinfo), InvalidOid);
    twin.types[0] = TEXTOID;
    twin.values[0] = CStringGetTextDatum(call.tenant.text);
    result = run_twin(fcinfo, twin);
    end_tenant_call(call);
  });
  PG_RETURN_DATUM(result);
}
