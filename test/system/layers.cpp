// A module for test/system/layers.sh, which looks at the queries of exports on their way to the
// planner. With layers.compare it compares each with what the rewriter makes of its text. With
// layers.policies and layers.query it puts another tenant into the conditions of our policies, and
// into those of the query itself; with layers.relation on that table alone.
#include "pg/postgres.hpp"

extern "C" {
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"

PG_MODULE_MAGIC;
void _PG_init();
}

namespace {

bool compare = false;
int in_policies = 0;
int in_query = 0;
char* only_relation = nullptr;

bool is_meant(const RangeTblEntry* table) {
  return *only_relation == '\0' || std::strcmp(get_rel_name(table->relid), only_relation) == 0;
}

bool add_tables(Node* node, void* list) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return export_leads::walk_below(node, add_tables, list);
  auto* tables = static_cast<List**>(list);
  ListCell* cell = nullptr;
  foreach (cell, castNode(Query, node)->rtable)
    if (lfirst_node(RangeTblEntry, cell)->rtekind == RTE_RELATION)
      *tables = lappend(*tables, lfirst(cell));
  return export_leads::walk_query(castNode(Query, node), add_tables, list);
}

// The tables in a query, with those in its subqueries and in the conditions of policies.
List* tables_in(Query* query) {
  List* tables = NIL;
  (void)add_tables(reinterpret_cast<Node*>(query), &tables);
  return tables;
}

// The place of what our condition, the first one on a table, compares the tenant with.
Node** tenant_in_policies(RangeTblEntry* table) {
  auto* condition = static_cast<Node*>(linitial(table->securityQuals));
  if (is_orclause(condition))
    condition = static_cast<Node*>(linitial(castNode(BoolExpr, condition)->args));
  return reinterpret_cast<Node**>(&lsecond(castNode(OpExpr, condition)->args));
}

Query* rewrite(const char* text, ParamListInfo parameters) {
  Oid types[FUNC_MAX_ARGS];
  for (int i = 0; i < parameters->numParams; ++i) types[i] = parameters->params[i].ptype;
  Query* analyzed = parse_analyze_fixedparams(linitial_node(RawStmt, pg_parse_query(text)), text,
                                              types, parameters->numParams, nullptr);
  return linitial_node(Query, pg_rewrite_query(analyzed));
}

const ParamExternData& value_of(const Node* parameter, ParamListInfo parameters) {
  return parameters->params[reinterpret_cast<const Param*>(parameter)->paramid - 1];
}

const char* print(const ParamExternData& parameter) {
  Oid output = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(parameter.ptype, &output, &is_varlena);
  return OidOutputFunctionCall(output, parameter.value);
}

// Says which tenant is in the policies of which table, and whether anything else in the query is
// not as the rewriter makes it.
void compare_with_rewritten(const Query* query, const char* text, ParamListInfo parameters) {
  auto* restored = static_cast<Query*>(copyObjectImpl(query));
  Query* rewritten = rewrite(text, parameters);
  ListCell* cell = nullptr;
  ListCell* other = nullptr;
  forboth(cell, tables_in(restored), other, tables_in(rewritten)) {
    auto* table = lfirst_node(RangeTblEntry, cell);
    Node** tenant = tenant_in_policies(table);
    Node** asked = tenant_in_policies(lfirst_node(RangeTblEntry, other));
    if (!IsA(*asked, SubLink)) elog(ERROR, "a policy does not ask for the tenant");
    if (!IsA(*tenant, Param)) elog(ERROR, "a policy does not know the tenant");
    elog(NOTICE, "%s of %s", get_rel_name(table->relid), print(value_of(*tenant, parameters)));
    *tenant = *asked;
  }
  elog(NOTICE, "all else is %s", equal(restored, rewritten) ? "the same" : "not the same");
}

Node* constant(Datum tenant) {
  return reinterpret_cast<Node*>(
      makeConst(INT4OID, -1, InvalidOid, sizeof(std::int32_t), tenant, false, true));
}

// Puts the other tenant in place of the parameters that a column of a table is compared with.
bool put_in_comparisons(Node* node, void* query) {
  if (node == nullptr) return false;
  if (IsA(node, Query))
    return export_leads::walk_query(castNode(Query, node), put_in_comparisons, node);
  if (IsA(node, OpExpr)) {
    const auto* comparison = castNode(OpExpr, node);
    const auto* column = static_cast<const Var*>(linitial(comparison->args));
    const auto* parameter = static_cast<const Param*>(llast(comparison->args));
    if (IsA(column, Var) && IsA(parameter, Param) && parameter->paramtype == INT4OID) {
      const RangeTblEntry* table = rt_fetch(column->varno, static_cast<Query*>(query)->rtable);
      if (table->rtekind == RTE_RELATION && is_meant(table))
        llast(comparison->args) = constant(Int32GetDatum(in_query));
    }
  }
  return export_leads::walk_below(node, put_in_comparisons, query);
}

// Puts the other tenant into the policies where there is one for them, else the one that they have.
void put_in_policies(Query* query, ParamListInfo parameters) {
  ListCell* cell = nullptr;
  foreach (cell, tables_in(query)) {
    auto* table = lfirst_node(RangeTblEntry, cell);
    Node** tenant = tenant_in_policies(table);
    const Datum value = in_policies != 0 && is_meant(table) ? Int32GetDatum(in_policies)
                                                            : value_of(*tenant, parameters).value;
    *tenant = constant(value);
  }
}

planner_hook_type next = nullptr;
PlannedStmt* look(Query* query, const char* text, int options, ParamListInfo parameters) {
  if (std::strcmp(GetUserNameFromId(GetUserId(), false), "export_leads_reader") == 0) {
    if (compare) compare_with_rewritten(query, text, parameters);
    if (in_policies != 0 || in_query != 0) put_in_policies(query, parameters);
    if (in_query != 0) (void)put_in_comparisons(reinterpret_cast<Node*>(query), nullptr);
  }
  return next == nullptr ? standard_planner(query, text, options, parameters)
                         : next(query, text, options, parameters);
}

}  // namespace

void _PG_init() {
  DefineCustomBoolVariable("layers.compare", "", nullptr, &compare, false, PGC_USERSET, 0, nullptr,
                           nullptr, nullptr);
  DefineCustomIntVariable("layers.policies", "", nullptr, &in_policies, 0, 0, INT_MAX, PGC_USERSET,
                          0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("layers.query", "", nullptr, &in_query, 0, 0, INT_MAX, PGC_USERSET, 0,
                          nullptr, nullptr, nullptr);
  DefineCustomStringVariable("layers.relation", "", nullptr, &only_relation, "", PGC_USERSET, 0,
                             nullptr, nullptr, nullptr);
  next = planner_hook;
  planner_hook = look;
}
