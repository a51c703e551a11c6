// _export_leads_required_columns(configuration) -> rows (relation, column_name): the columns on
// which the reader needs SELECT for an export's queries. The configuration need not be stored yet.
#include "pg/query/lead_query.hpp"
#include "pg/query/site_expression.hpp"
#include "pg/sandbox/query_walk.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_required_columns);
}

namespace export_leads {
namespace {

void put_column(Oid table, AttrNumber column, void* state) {
  if (column <= InvalidAttrNumber)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("full_name must name the columns it uses, not the whole lead")));
  const auto* result = static_cast<const ReturnSetInfo*>(state);
  Datum values[] = {ObjectIdGetDatum(table),
                    CStringGetTextDatum(get_attname(table, column, false))};
  bool nulls[lengthof(values)] = {};
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

int expressions(const FileColumns& columns) {
  int count = 0;
  for (int i = 0; i < columns.count; ++i)
    if (columns.columns[i].source == ColumnSource::expression) ++count;
  return count;
}

}  // namespace
}  // namespace export_leads

Datum export_leads_required_columns(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  const FileColumns columns = select_columns(configuration, extension_schema(fcinfo), {nullptr, 0});
  if (configuration.has(Table::statuses))
    visit_columns(parse_analyze_query(status_query(configuration, nullptr, "", "")), put_column,
                  fcinfo->resultinfo);
  Query* leads = analyze_standard_columns(configuration, extension_schema(fcinfo));
  if (ExecCleanTargetListLength(leads->targetList) != kTenantColumnCount + expressions(columns))
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("full_name must be one expression")));
  visit_columns(leads, put_column, fcinfo->resultinfo);
  return 0;
}
