// _export_leads_status_family(relation regclass, column_name text) -> text: status_family() for
// SQL.
#include "pg/setup/status_type.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_status_family);
}

Datum export_leads_status_family(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  const char* family = status_family(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
  if (family == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(family));
}
