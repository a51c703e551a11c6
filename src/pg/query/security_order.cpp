// Moves a query's condition into the conditions of row security.
#include "pg/query/security_order.hpp"

#include "pg/sandbox/query_walk.hpp"

extern "C" {
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
}

namespace export_leads {
namespace {

struct Comparison {
  Oid table;
  int parameter;
};

bool has_parameter(Node* node, void* parameter) {
  if (node == nullptr) return false;
  if (IsA(node, Param))
    return castNode(Param, node)->paramkind == PARAM_EXTERN &&
           castNode(Param, node)->paramid == *static_cast<int*>(parameter);
  return walk_below(node, has_parameter, parameter);
}

// The range table entry that a condition compares with the parameter, by a function that PostgreSQL
// may only evaluate after row security; nullptr for any other condition.
RangeTblEntry* compared_entry(const Query* query, Node* condition, const Comparison& comparison) {
  int parameter = comparison.parameter;
  if (!IsA(condition, OpExpr) || !has_parameter(condition, &parameter)) return nullptr;
  if (get_func_leakproof(get_opcode(castNode(OpExpr, condition)->opno))) return nullptr;
  int index = 0;
  if (!bms_get_singleton_member(pull_varnos(nullptr, condition), &index)) return nullptr;
  RangeTblEntry* entry = rt_fetch(index, query->rtable);
  return entry->rtekind == RTE_RELATION && entry->relid == comparison.table &&
                 entry->securityQuals != NIL
             ? entry
             : nullptr;
}

// Joins the condition with our own policy's, so that both have the same security level and the
// planner may choose which is evaluated first.
void add_to_policy(RangeTblEntry* entry, Node* condition) {
  ListCell* own = list_head(entry->securityQuals);
  lfirst(own) = makeBoolExpr(AND_EXPR, list_make2(lfirst(own), condition), -1);
}

void compare_in(Query* query, const Comparison& comparison) {
  Node* conditions = query->jointree == nullptr ? nullptr : query->jointree->quals;
  if (conditions == nullptr) return;
  List* rest = NIL;
  ListCell* cell = nullptr;
  foreach (cell, make_ands_implicit(reinterpret_cast<Expr*>(conditions))) {
    auto* condition = static_cast<Node*>(lfirst(cell));
    RangeTblEntry* entry = compared_entry(query, condition, comparison);
    if (entry != nullptr)
      add_to_policy(entry, condition);
    else
      rest = lappend(rest, condition);
  }
  query->jointree->quals =
      rest == NIL ? nullptr : reinterpret_cast<Node*>(make_ands_explicit(rest));
}

bool compare(Node* node, void* comparison) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_below(node, compare, comparison);
  Query* query = castNode(Query, node);
  compare_in(query, *static_cast<Comparison*>(comparison));
  return walk_query(query, compare, comparison);
}

}  // namespace

void compare_under_policy(Query* query, Oid table, int parameter) {
  Comparison comparison{table, parameter};
  (void)compare(reinterpret_cast<Node*>(query), &comparison);
}

}  // namespace export_leads
