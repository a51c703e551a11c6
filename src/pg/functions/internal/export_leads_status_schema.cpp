// _export_leads_status_schema(relation regclass, column_name text) -> regnamespace: status_schema()
// for SQL: the schema on which the reader needs USAGE to compare a column's statuses, or NULL.
#include "pg/setup/status_type.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_status_schema);
}

Datum export_leads_status_schema(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  const Oid schema = status_schema(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
  if (!OidIsValid(schema)) PG_RETURN_NULL();
  PG_RETURN_OID(schema);
}
