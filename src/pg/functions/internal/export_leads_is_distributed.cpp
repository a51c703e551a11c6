// _export_leads_is_distributed(relation regclass) -> boolean: whether Citus keeps the table's rows
// in shards.
#include "pg/citus/routing.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_is_distributed);
}

Datum export_leads_is_distributed(PG_FUNCTION_ARGS) {
  PG_RETURN_BOOL(export_leads::is_distributed(PG_GETARG_OID(0)));
}
