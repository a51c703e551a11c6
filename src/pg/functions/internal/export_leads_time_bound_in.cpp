// _export_leads_time_bound_in(cstring): the input function of the type export_leads_time_bound.
#include "pg/query/time_bound.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_time_bound_in);
}

Datum export_leads_time_bound_in(PG_FUNCTION_ARGS) {
  PG_RETURN_DATUM(export_leads::bound_of_text(PG_GETARG_CSTRING(0)));
}
