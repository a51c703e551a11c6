// _export_leads_functions_of(configuration, expression) -> text: function_definitions() of the
// functions that an expression over "lead", "status" and "call" calls, by which exports notice that
// one of them has changed. Where `expression` is NULL, those that full_name calls. Raises what
// analyze_column() raises, and 55000 where there is no configuration.
#include "pg/guard/finding.hpp"
#include "pg/query/site_expression.hpp"
#include "pg/sandbox/called_functions.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_functions_of);
}

Datum export_leads_functions_of(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  FindingSink sink = raising_sink();
  if (PG_ARGISNULL(0)) sink(not_set_up());
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  // Of the standard columns, only full_name can call a function.
  const Query* query = PG_ARGISNULL(1)
                           ? analyze_standard_columns(configuration, extension_schema(fcinfo))
                           : analyze_column(configuration, text_to_cstring(PG_GETARG_TEXT_PP(1)));
  PG_RETURN_TEXT_P(cstring_to_text(
      function_definitions(called_functions(reinterpret_cast<Node*>(query->targetList)))));
}
