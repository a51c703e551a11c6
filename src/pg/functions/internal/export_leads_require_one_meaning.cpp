// _export_leads_require_one_meaning(configuration, expression) -> void: require_one_meaning() for
// SQL. Raises 22023 where an expression means something else in exports than in this session, and
// 55000 where there is no configuration.
#include "pg/guard/finding.hpp"
#include "pg/query/site_expression.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_require_one_meaning);
}

Datum export_leads_require_one_meaning(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  FindingSink sink = raising_sink();
  if (PG_ARGISNULL(0)) sink(not_set_up());
  require_one_meaning(configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0)),
                      extension_schema(fcinfo),
                      PG_ARGISNULL(1) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(1)));
  PG_RETURN_VOID();
}
