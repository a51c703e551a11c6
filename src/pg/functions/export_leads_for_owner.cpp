// The C side of the functions that work on the history, schedules and deliveries of all tenants,
// for a timer, a mailer or a DBA: export_leads_X(...) runs, as the extension's owner,
// _export_leads_X(...), a function of SQL with the same arguments and the same result. Nobody may
// call one until the site grants it.
#include "pg/history/tenant_call.hpp"
#include "pg/history/twin.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/configuration.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_for_owner);
}

namespace export_leads {
namespace {

Oid owner_of(Oid function) {
  HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row)) elog(ERROR, "function %u was dropped", function);
  const Oid owner = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->proowner;
  ReleaseSysCache(row);
  return owner;
}

}  // namespace
}  // namespace export_leads

Datum export_leads_for_owner(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  require_own_schema(extension_schema(fcinfo));
  require_history_here();
  begin_result(fcinfo);
  const Twin twin = find_twin(fcinfo);
  Oid user = InvalidOid;
  int security_context = 0;
  GetUserIdAndSecContext(&user, &security_context);
  const int settings = NewGUCNestLevel();
  pin_settings();
  SetUserIdAndSecContext(owner_of(fcinfo->flinfo->fn_oid), security_context |
                                                               SECURITY_LOCAL_USERID_CHANGE |
                                                               SECURITY_RESTRICTED_OPERATION);
  const Datum result = run_twin(fcinfo, twin);
  SetUserIdAndSecContext(user, security_context);
  AtEOXact_GUC(false, settings);
  PG_RETURN_DATUM(result);
}
