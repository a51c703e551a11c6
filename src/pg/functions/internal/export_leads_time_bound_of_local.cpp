// _export_leads_time_bound(timestamp) -> export_leads_time_bound: a bound from a time in the site's
// time zone.
#include "pg/query/time_bound.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_time_bound_of_local);
}

Datum export_leads_time_bound_of_local(PG_FUNCTION_ARGS) {
  PG_RETURN_DATUM(export_leads::bound_of_local(PG_GETARG_TIMESTAMP(0)));
}
