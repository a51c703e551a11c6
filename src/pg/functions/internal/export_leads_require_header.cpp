// _export_leads_require_header(name) -> void: require_header() for SQL. Raises 22023 where the
// header of a column is not usable, and 55000 where the extension is not set up.
#include "pg/guard/finding.hpp"
#include "pg/guard/header.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_require_header);
}

Datum export_leads_require_header(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  FindingSink sink = raising_sink();
  Configuration configuration{};
  if (!read_configuration(extension_schema(fcinfo), &configuration)) sink(not_set_up());
  require_header(all_columns(configuration, extension_schema(fcinfo)),
                 text_to_cstring(PG_GETARG_TEXT_PP(0)));
  PG_RETURN_VOID();
}
