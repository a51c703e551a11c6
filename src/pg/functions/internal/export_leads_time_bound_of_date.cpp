// _export_leads_time_bound(date) -> export_leads_time_bound: a bound from a date.
#include "pg/query/time_bound.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_time_bound_of_date);
}

Datum export_leads_time_bound_of_date(PG_FUNCTION_ARGS) {
  PG_RETURN_DATUM(export_leads::bound_of_date(PG_GETARG_DATEADT(0)));
}
