// _export_leads_successor_of(relation regclass, schema_name text, table_name text) -> regclass:
// successor_of() for SQL. Where a name is NULL, whole_table().
#include "pg/setup/table_identity.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_successor_of);
}

Datum export_leads_successor_of(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const Oid table = PG_GETARG_OID(0);
  if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) PG_RETURN_OID(whole_table(table));
  PG_RETURN_OID(successor_of(table, text_to_cstring(PG_GETARG_TEXT_PP(1)),
                             text_to_cstring(PG_GETARG_TEXT_PP(2))));
}
