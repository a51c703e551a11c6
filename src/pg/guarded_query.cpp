// Walks the trees of rewritten queries, and runs them.
#include "pg/guarded_query.hpp"

#include "pg/sandbox.hpp"
#include "pg/setup_guard.hpp"

extern "C" {
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/regproc.h"
}

namespace export_leads {
namespace {

// Calls `visit` for every table in a query, in its subqueries and in the conditions of its
// policies.
struct TableWalk {
  void (*visit)(const Query* query, int index, RangeTblEntry* entry, void* state);
  void* state;
};

bool walk_tables(Node* node, void* context) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_below(node, walk_tables, context);
  Query* query = castNode(Query, node);
  const auto* walk = static_cast<const TableWalk*>(context);
  for (int index = 1; index <= list_length(query->rtable); ++index) {
    RangeTblEntry* entry = rt_fetch(index, query->rtable);
    if (entry->rtekind == RTE_RELATION) walk->visit(query, index, entry, walk->state);
  }
  return walk_query(query, walk_tables, context);
}

void walk_tables_of(Query* query, TableWalk walk) {
  (void)walk_tables(reinterpret_cast<Node*>(query), &walk);
}

// Which of the three tables it is; -1 for another one.
int table_index(const Configuration& configuration, Oid table) {
  for (int i = 0; i < kTableCount; ++i)
    if (configuration.tables[i] == table) return i;
  return -1;
}

struct OtherTable {
  const Configuration* configuration;
  Oid found;
};

void note_other_table(const Query*, int, RangeTblEntry* entry, void* state) {
  auto* other = static_cast<OtherTable*>(state);
  if (table_index(*other->configuration, entry->relid) < 0) other->found = entry->relid;
}

struct ColumnVisit {
  void (*visit)(Oid table, AttrNumber column, void* state);
  void* state;
};

void visit_columns_of(const Query* query, int, RangeTblEntry* entry, void* state) {
  const auto* columns = static_cast<const ColumnVisit*>(state);
  const Bitmapset* selected = selected_columns(query, entry);
  for (int bit = -1; (bit = bms_next_member(selected, bit)) >= 0;)
    columns->visit(entry->relid, static_cast<AttrNumber>(bit + FirstLowInvalidHeapAttributeNumber),
                   columns->state);
}

struct Inspection {
  const Configuration* configuration;
  const TenantConditions* conditions;
  Oid reader;
  FindingSink* sink;
};

// A condition of a policy, as a query has it that knows the table by `index`.
Node* condition_in_query(const Node* condition, int index) {
  Node* copy = static_cast<Node*>(copyObjectImpl(condition));
  ChangeVarNodes(copy, 1, index, 0);
  return copy;
}

// Puts our own condition before those of the site's policies, whose code then sees no row of
// another tenant: PostgreSQL keeps to the order of security conditions. Returns whether it is
// there.
bool put_first(List*& security_quals, Node* own) {
  for (int i = 0; i < list_length(security_quals); ++i) {
    if (!equal(list_nth(security_quals, i), own)) continue;
    security_quals = lcons(own, list_delete_nth_cell(security_quals, i));
    return true;
  }
  return false;
}

// Whether a condition cannot hide a lead that our own lets through, or is one that set-up accepted:
// policies may apply to the reader in ways that a look at the catalogs does not tell.
bool is_known(Node* condition, const Node* own, const List* obeyed, int index) {
  if (equal(condition, own)) return true;
  if (is_orclause(condition)) {
    ListCell* arm = nullptr;
    foreach (arm, reinterpret_cast<const BoolExpr*>(condition)->args)
      if (equal(lfirst(arm), own)) return true;
  }
  ListCell* cell = nullptr;
  foreach (cell, obeyed)
    if (equal(condition, condition_in_query(static_cast<const Node*>(lfirst(cell)), index)))
      return true;
  return false;
}

bool is_bound(RangeTblEntry* entry, const TableConditions& conditions, int index) {
  Node* own = condition_in_query(conditions.own, index);
  if (!put_first(entry->securityQuals, own)) return false;
  ListCell* cell = nullptr;
  foreach (cell, entry->securityQuals)
    if (!is_known(static_cast<Node*>(lfirst(cell)), own, conditions.obeyed, index)) return false;
  return true;
}

void inspect_entry(const Query*, int index, RangeTblEntry* entry, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  const char* name = table_name(entry->relid);
  const int table = table_index(*inspection->configuration, entry->relid);
  if (table < 0)
    (*inspection->sink)({"other_table", name,
                         psprintf("an export would also read table \"%s\"", name),
                         "SELECT * FROM export_leads_setup(full_name => '...');"});
  else if (!is_bound(entry, inspection->conditions->of[table], index))
    (*inspection->sink)(
        {"not_bound", name,
         psprintf("row security does not bind role \"%s\" on table \"%s\" as it must",
                  GetUserNameFromId(inspection->reader, false), name),
         kRunSetup});
}

// Called for each function that an expression calls, operators' and casts' included.
bool inspect_function(Oid function, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  if (has_function_execute(function, inspection->reader)) return false;
  const char* name = format_procedure_qualified(function);
  (*inspection->sink)({"grant_missing", name,
                       psprintf("role \"%s\" has no EXECUTE on function %s",
                                GetUserNameFromId(inspection->reader, false), name),
                       psprintf("GRANT EXECUTE ON FUNCTION %s TO %s;", name, kReaderRole)});
  return false;
}

bool inspect_functions(Node* node, void* state) {
  if (node == nullptr) return false;
  (void)check_functions_in_node(node, inspect_function, state);
  return IsA(node, Query) ? walk_query(castNode(Query, node), inspect_functions, state)
                          : walk_below(node, inspect_functions, state);
}

void inspect_column(Oid table, AttrNumber column, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  inspect_column_grant(table, column, inspection->reader, *inspection->sink);
}

// Shows an error's place in our text, not in that of the statement that called the export.
void show_position(void* text) {
  const int position = geterrposition();
  if (position <= 0) return;
  errposition(0);
  internalerrposition(position);
  internalerrquery(static_cast<const char*>(text));
}

ParamListInfo bind_parameters(const QueryText& text) {
  ParamListInfo parameters = makeParamList(text.parameter_count);
  for (int i = 0; i < text.parameter_count; ++i) {
    ParamExternData& parameter = parameters->params[i];
    parameter.value = text.values[i];
    parameter.isnull = false;
    parameter.pflags = PARAM_FLAG_CONST;
    parameter.ptype = text.types[i];
  }
  return parameters;
}

}  // namespace

Query* analyze_query(const QueryText& text) {
  ErrorContextCallback position{error_context_stack, show_position, const_cast<char*>(text.text)};
  error_context_stack = &position;
  List* parsed = pg_parse_query(text.text);
  if (list_length(parsed) != 1)
    elog(ERROR, "an export's query is %d statements", list_length(parsed));
  List* rewritten = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, parsed), text.text,
                                                       text.types, text.parameter_count, nullptr);
  if (list_length(rewritten) != 1)
    elog(ERROR, "an export's query became %d queries", list_length(rewritten));
  Query* query = linitial_node(Query, rewritten);
  if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
    elog(ERROR, "an export's query writes");
  // A set would drop leads or double them.
  if (query->hasTargetSRFs)
    ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                    errmsg("the expression of a column must not return a set")));
  error_context_stack = position.previous;
  return query;
}

void inspect_query(Query* query, const Configuration& configuration,
                   const TenantConditions& conditions, Oid reader, FindingSink& sink) {
  Inspection inspection{&configuration, &conditions, reader, &sink};
  walk_tables_of(query, {inspect_entry, &inspection});
  visit_columns(query, inspect_column, &inspection);
  (void)inspect_functions(reinterpret_cast<Node*>(query), &inspection);
}

Oid other_table(Node* expression, const Configuration& configuration) {
  OtherTable other{&configuration, InvalidOid};
  TableWalk walk{note_other_table, &other};
  (void)walk_tables(expression, &walk);
  return other.found;
}

void visit_columns(Query* query, void (*visit)(Oid table, AttrNumber column, void* state),
                   void* state) {
  ColumnVisit columns{visit, state};
  walk_tables_of(query, {visit_columns_of, &columns});
}

PlannedQuery plan_query(Query* query, const QueryText& text) {
  ParamListInfo parameters = bind_parameters(text);
  return {text, parameters, pg_plan_query(query, text.text, CURSOR_OPT_PARALLEL_OK, parameters)};
}

void run_query(const PlannedQuery& planned, DestReceiver* receiver) {
  QueryDesc* description =
      CreateQueryDesc(planned.plan, planned.text.text, GetActiveSnapshot(), InvalidSnapshot,
                      receiver, planned.parameters, nullptr, 0);
  ExecutorStart(description, 0);
  run_to_end(description);
  ExecutorFinish(description);
  ExecutorEnd(description);
  FreeQueryDesc(description);
}

const char* explain_query(const PlannedQuery& planned, bool run) {
  ExplainState* explain = NewExplainState();
  explain->analyze = run;
  explain->buffers = run;
  explain->summary = run;
  explain->costs = true;
  ExplainBeginOutput(explain);
  explain_plan(planned.plan, explain, planned.text.text, planned.parameters);
  ExplainEndOutput(explain);
  return explain->str->data;
}

}  // namespace export_leads
