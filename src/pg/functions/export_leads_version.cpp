// export_leads_version() -> text: the version of this library, which may differ from that of the
// SQL that calls it: a session keeps the library that it has loaded, and ALTER EXTENSION ... UPDATE
// is a step after `make install`.
#include "pg/postgres.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_version);
}

Datum export_leads_version(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_TEXT_P(cstring_to_text(EXPORT_LEADS_VERSION));
}
