// _export_leads_time_bound(timestamptz) -> export_leads_time_bound: a bound from an instant.
#include "pg/query/time_bound.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_time_bound_of_instant);
}

Datum export_leads_time_bound_of_instant(PG_FUNCTION_ARGS) {
  PG_RETURN_DATUM(export_leads::bound_of_instant(PG_GETARG_TIMESTAMPTZ(0)));
}
