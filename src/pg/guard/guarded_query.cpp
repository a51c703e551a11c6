// Inspects rewritten queries, and plans and runs them.
#include "pg/guard/guarded_query.hpp"

#include "pg/guard/ignored_policies.hpp"
#include "pg/guard/setup_guard.hpp"
#include "pg/sandbox/query_walk.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/reader_role.hpp"

extern "C" {
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/regproc.h"
}

namespace export_leads {
namespace {

// The index of a table among the three tables; -1 for any other table.
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

// The remediation for an expression that makes an export read what it must not.
const char* give_full_name() { return run_setup("full_name => '...'"); }

struct Inspection {
  const Configuration* configuration;
  const TenantConditions* conditions;
  Oid reader;
  FindingSink* sink;
};

// Removes what the rewriter added to the subqueries of a condition: the policies' conditions on the
// tables that they read. inspect_query() inspects those tables like any others.
bool forget_row_security(Node* node, void* context) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_below(node, forget_row_security, context);
  Query* query = castNode(Query, node);
  query->hasRowSecurity = false;
  query->hasSubLinks = false;
  for (int index = 1; index <= list_length(query->rtable); ++index)
    rt_fetch(index, query->rtable)->securityQuals = NIL;
  return walk_query(query, forget_row_security, context);
}

// Whether `condition`, from a rewritten query, is the condition `policy`, which was not rewritten.
bool is_condition_of(const Node* policy, const Node* condition, int index) {
  Node* written = condition_in_query(policy, index);
  Node* rewritten = static_cast<Node*>(copyObjectImpl(condition));
  (void)forget_row_security(written, nullptr);
  (void)forget_row_security(rewritten, nullptr);
  return equal(written, rewritten);
}

bool is_one_of(const List* policies, const Node* condition, int index) {
  ListCell* cell = nullptr;
  foreach (cell, policies)
    if (is_condition_of(static_cast<const Node*>(lfirst(cell)), condition, index)) return true;
  return false;
}

// Whether a condition lets through every row that our own lets through: the rewriter combines the
// conditions of permissive policies with OR, and ours is one of them.
bool is_widened(Node* condition, const Node* own) {
  if (!is_orclause(condition)) return false;
  ListCell* arm = nullptr;
  foreach (arm, reinterpret_cast<const BoolExpr*>(condition)->args)
    if (equal(lfirst(arm), own)) return true;
  return false;
}

// Reduces the security conditions on a table to those that an export must meet: first our own, then
// those of the policies it obeys. PostgreSQL keeps this order, so the code of a site's policy sees
// no row of another tenant. Conditions that cannot hide a row that ours lets through are removed.
// Returns false where our condition is missing or a condition is unknown: a policy may apply to the
// reader in a way that the catalogs do not show. In shards no policy is restrictive, and ours is at
// work where the conditions of the permissive ones hold it.
bool bind(RangeTblEntry* entry, const TableConditions& conditions, int index) {
  const Node* own = condition_in_query(conditions.own, index);
  List* obeyed = NIL;
  bool is_bound = false;
  ListCell* cell = nullptr;
  foreach (cell, entry->securityQuals) {
    Node* condition = static_cast<Node*>(lfirst(cell));
    if (equal(condition, own))
      is_bound = true;
    else if (is_one_of(conditions.obeyed, condition, index))
      obeyed = lappend(obeyed, condition);
    else if (is_widened(condition, own))
      is_bound |= conditions.in_shards;
    else if (!is_one_of(conditions.exempting, condition, index))
      return false;
  }
  if (is_bound) entry->securityQuals = lcons(const_cast<Node*>(own), obeyed);
  return is_bound;
}

void inspect_entry(const Query*, int index, RangeTblEntry* entry, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  const char* name = table_name(entry->relid);
  const int table = table_index(*inspection->configuration, entry->relid);
  if (table < 0)
    (*inspection->sink)({"other_table", name,
                         psprintf("an export would also read table \"%s\"", name),
                         give_full_name()});
  else if (!bind(entry, inspection->conditions->of[table], index))
    (*inspection->sink)(
        {"not_bound", name,
         psprintf("row security does not bind role \"%s\" on table \"%s\" as it must",
                  GetUserNameFromId(inspection->reader, false), name),
         give_full_name()});
}

void inspect_function(Oid function, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  if (has_function_execute(function, inspection->reader)) return;
  const char* name = format_procedure_qualified(function);
  (*inspection->sink)({"grant_missing", name,
                       psprintf("role \"%s\" has no EXECUTE on function %s",
                                GetUserNameFromId(inspection->reader, false), name),
                       psprintf("GRANT EXECUTE ON FUNCTION %s TO %s;", name, kReaderRole)});
}

void inspect_column(Oid table, AttrNumber column, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  // Any other table is a finding already, so the reader needs no privilege on it.
  const int index = table_index(*inspection->configuration, table);
  if (index < 0) return;
  inspect_column_grant(table, inspection->configuration->changed_table(kTables[index]), column,
                       inspection->reader, *inspection->sink);
}

ParamListInfo bind_parameters(const QueryText& text) {
  ParamListInfo parameters = makeParamList(text.parameter_count);
  for (int i = 0; i < text.parameter_count; ++i) {
    ParamExternData& parameter = parameters->params[i];
    parameter.value = text.values[i];
    parameter.isnull = text.nulls[i];
    const bool changes = text.changing != 0 && (i == text.changing - 1 || i == text.changing);
    parameter.pflags = changes ? 0 : PARAM_FLAG_CONST;
    parameter.ptype = text.types[i];
  }
  return parameters;
}

}  // namespace

void set_changing(const PlannedQuery& planned, Datum first, Datum second) {
  planned.parameters->params[planned.text.changing - 1].value = first;
  planned.parameters->params[planned.text.changing].value = second;
}

Node* condition_in_query(const Node* condition, int index) {
  Node* copy = static_cast<Node*>(copyObjectImpl(condition));
  ChangeVarNodes(copy, 1, index, 0);
  return copy;
}

Query* rewrite_query(Query* query, const QueryText& text, const Configuration& configuration,
                     const TenantConditions& conditions) {
  ErrorContextCallback telling{error_context_stack, tell_expression, const_cast<QueryText*>(&text)};
  error_context_stack = &telling;
  List* rewritten = rewrite_without_ignored_policies(query, configuration, conditions);
  if (list_length(rewritten) != 1)
    elog(ERROR, "an export's query became %d queries", list_length(rewritten));
  error_context_stack = telling.previous;
  return linitial_node(Query, rewritten);
}

void inspect_query(Query* query, const Configuration& configuration,
                   const TenantConditions& conditions, Oid reader, FindingSink& sink) {
  Inspection inspection{&configuration, &conditions, reader, &sink};
  Node* node = reinterpret_cast<Node*>(query);
  visit_tables(node, inspect_entry, &inspection);
  visit_columns(query, inspect_column, &inspection);
  visit_functions(node, inspect_function, &inspection);
}

Oid other_table(Node* expression, const Configuration& configuration) {
  OtherTable other{&configuration, InvalidOid};
  visit_tables(expression, note_other_table, &other);
  return other.found;
}

PlannedQuery plan_query(Query* query, const QueryText& text) {
  ParamListInfo parameters = bind_parameters(text);
  return {text, parameters, pg_plan_query(query, text.text, CURSOR_OPT_PARALLEL_OK, parameters)};
}

PlannedStmt* plan_for_all_values(Query* query, const QueryText& text) {
  ParamListInfo examples = bind_parameters(text);
  for (int i = 0; i < examples->numParams; ++i) examples->params[i].pflags = 0;
  return pg_plan_query(query, text.text, CURSOR_OPT_PARALLEL_OK, examples);
}

PlannedQuery with_values(PlannedStmt* plan, const QueryText& text) {
  return {text, bind_parameters(text), plan};
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
