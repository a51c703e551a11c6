// _export_leads_time_bound_recv(internal): the binary input function of the type
// export_leads_time_bound, whose binary form is that of a text.
#include "pg/query/time_bound.hpp"

extern "C" {
#include "libpq/pqformat.h"

PG_FUNCTION_INFO_V1(export_leads_time_bound_recv);
}

Datum export_leads_time_bound_recv(PG_FUNCTION_ARGS) {
  auto* message = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  int size = 0;
  const char* given = pq_getmsgtext(message, message->len - message->cursor, &size);
  PG_RETURN_DATUM(export_leads::bound_of_text(given));
}
