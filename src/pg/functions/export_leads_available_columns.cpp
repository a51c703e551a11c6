// export_leads_available_columns() -> rows (name, header, expression): the columns that an export
// can have. Raises 55000 where the extension is not set up.
#include "pg/guard/finding.hpp"
#include "pg/setup/file_columns.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_available_columns);
}

Datum export_leads_available_columns(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  const auto* result = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  Configuration configuration{};
  FindingSink sink = raising_sink();
  if (!read_configuration(extension_schema(fcinfo), &configuration)) sink(not_set_up());
  const FileColumns columns = all_columns(configuration, extension_schema(fcinfo));
  for (int i = 0; i < columns.count; ++i) {
    const FileColumn& column = columns.columns[i];
    const bool has_expression = column.source == ColumnSource::expression;
    Datum values[] = {CStringGetTextDatum(column.name), CStringGetTextDatum(column.header),
                      has_expression ? CStringGetTextDatum(column.expression) : 0};
    bool nulls[lengthof(values)] = {false, false, !has_expression};
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return 0;
}
