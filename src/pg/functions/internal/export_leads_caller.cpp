// _export_leads_caller() -> text: the role that made the call for a tenant that is running in this
// backend, else NULL.
#include "pg/sandbox/sandbox.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_caller);
}

Datum export_leads_caller(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  const char* caller = export_leads::running_caller();
  if (caller == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(caller));
}
