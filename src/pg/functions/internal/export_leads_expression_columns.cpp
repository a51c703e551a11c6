// _export_leads_expression_columns(configuration, expression) -> rows (part, column_name): the
// columns that an expression over "lead", "call" and "status" reads, each with the one of the
// configuration's three tables it is in. The configuration need not be stored yet. Raises
// PostgreSQL's own errors for an expression that is not valid, 42601 where it is not a single
// expression over one row, 55000 where there is no configuration, and 0A000 where it reads another
// table or a whole row.
#include "pg/guard/finding.hpp"
#include "pg/guard/guarded_query.hpp"
#include "pg/query/site_expression.hpp"
#include "pg/sandbox/query_walk.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_expression_columns);
}

namespace export_leads {
namespace {

struct Columns {
  const Configuration* configuration;
  const ReturnSetInfo* result;
};

void put_column(Oid table, AttrNumber column, void* state) {
  const auto* columns = static_cast<const Columns*>(state);
  if (column <= InvalidAttrNumber)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("an expression must name the columns it uses, not the whole row")));
  const char* part = "";
  for (const Table which : kTables)
    if (columns->configuration->table(which) == table) part = kTableNames[static_cast<int>(which)];
  Datum values[] = {CStringGetTextDatum(part),
                    CStringGetTextDatum(get_attname(table, column, false))};
  bool nulls[lengthof(values)] = {};
  tuplestore_putvalues(columns->result->setResult, columns->result->setDesc, values, nulls);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_expression_columns(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, 0);
  FindingSink sink = raising_sink();
  if (PG_ARGISNULL(0)) sink(not_set_up());
  if (PG_ARGISNULL(1)) return 0;
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  Query* query = analyze_column(configuration, text_to_cstring(PG_GETARG_TEXT_PP(1)));
  const Oid other = other_table(reinterpret_cast<Node*>(query), configuration);
  if (OidIsValid(other))
    ereport(ERROR,
            (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
             errmsg("the expression of a column must not read table \"%s\"", table_name(other)),
             errhint("An export reads the leads, their statuses and their calls only.")));
  Columns columns{&configuration, reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo)};
  visit_columns(query, put_column, &columns);
  return 0;
}
