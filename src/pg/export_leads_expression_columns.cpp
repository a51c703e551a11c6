// export_leads_expression_columns(configuration, expression) -> rows (part, column_name): what an
// expression over "lead", "call" and "status" reads, of which of the configuration's three tables;
// it need not be stored yet. Raises what PostgreSQL raises for an expression that is not valid,
// 42601 for what is not one expression over a single row, 55000 where there is no configuration,
// and 0A000 for an expression that reads another table.
#include "pg/file_columns.hpp"
#include "pg/guarded_query.hpp"
#include "pg/query_walk.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_expression_columns);
}

namespace export_leads {
namespace {

SelectStmt* parse_select(const char* text) {
  List* parsed = parse_query(text);
  if (list_length(parsed) != 1) return nullptr;
  Node* statement = linitial_node(RawStmt, parsed)->stmt;
  return IsA(statement, SelectStmt) ? castNode(SelectStmt, statement) : nullptr;
}

// Whether a text between two parentheses stays there: nothing but the target may differ from that
// of the plainest SELECT.
bool is_expression(const char* text) {
  SelectStmt* select = parse_select(psprintf("SELECT (%s\n)", text));
  SelectStmt* plainest = parse_select("SELECT NULL");
  if (select == nullptr || list_length(select->targetList) != 1) return false;
  plainest->targetList = select->targetList;
  // Between parentheses a list would be a row.
  const Node* value = linitial_node(ResTarget, select->targetList)->val;
  const bool is_list = IsA(value, RowExpr) &&
                       reinterpret_cast<const RowExpr*>(value)->row_format == COERCE_IMPLICIT_CAST;
  return equal(select, plainest) && !is_list;
}

bool locks_rows(Node* node, void* state) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_below(node, locks_rows, state);
  return castNode(Query, node)->rowMarks != NIL ||
         walk_query(castNode(Query, node), locks_rows, state);
}

[[noreturn]] void raise_not_an_expression(const char* problem) {
  ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s", problem),
                  errhint("Write an SQL expression over lead, call and status, such as "
                          "lead.city.")));
  pg_unreachable();
}

Query* analyze_expression(const Configuration& configuration, const char* expression) {
  if (!is_expression(expression)) raise_not_an_expression("a column must be one expression");
  QueryText text{};
  text.text = psprintf("SELECT (%s\n) FROM %s AS lead, %s AS status, %s AS call", expression,
                       table_name(configuration.table(Table::leads)),
                       table_name(configuration.table(Table::statuses)),
                       table_name(configuration.table(Table::calls)));
  Query* query = analyze_query(text);
  if (ExecCleanTargetListLength(query->targetList) != 1)
    raise_not_an_expression("a column must be one expression");
  if (locks_rows(reinterpret_cast<Node*>(query), nullptr))
    raise_not_an_expression("the expression of a column must not lock rows");
  if (query->hasAggs || query->hasWindowFuncs)
    raise_not_an_expression("the expression of a column must be over a single lead");
  return query;
}

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
  Query* query = analyze_expression(configuration, text_to_cstring(PG_GETARG_TEXT_PP(1)));
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
