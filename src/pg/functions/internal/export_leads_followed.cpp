// _export_leads_followed(configuration) -> configuration: the same row with the current names of
// its columns, for SQL that reads the configuration.
#include "pg/setup/configuration_row.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_followed);
}

Datum export_leads_followed(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
  const Configuration configuration = configuration_argument(row);
  RowChange change = begin_change(row);
  for (const FieldRule& rule : kFields)
    set_text(change, rule.name, configuration.source(rule.field));
  set_texts(change, "name_columns", configuration.name_parts, kNamePartCount);
  PG_RETURN_DATUM(end_change(change));
}
