// _export_leads_is_coordinator() -> boolean: whether this node is the one that set-up runs on; true
// where there is no Citus.
#include "pg/citus/routing.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_is_coordinator);
}

Datum export_leads_is_coordinator(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_BOOL(export_leads::is_coordinator());
}
