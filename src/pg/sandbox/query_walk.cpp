// Walks query trees as the parser and the rewriter produce them.
#include "pg/sandbox/query_walk.hpp"

extern "C" {
#include "parser/parsetree.h"
}

namespace export_leads {
namespace {

struct TableWalk {
  TableVisitor visit;
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

struct ColumnWalk {
  ColumnVisitor visit;
  void* state;
};

void visit_columns_of(const Query* query, int, RangeTblEntry* entry, void* state) {
  const auto* columns = static_cast<const ColumnWalk*>(state);
  const Bitmapset* selected = selected_columns(query, entry);
  for (int bit = -1; (bit = bms_next_member(selected, bit)) >= 0;)
    columns->visit(entry->relid, static_cast<AttrNumber>(bit + FirstLowInvalidHeapAttributeNumber),
                   columns->state);
}

struct FunctionWalk {
  FunctionVisitor visit;
  void* state;
};

bool visit_function(Oid function, void* context) {
  const auto* walk = static_cast<const FunctionWalk*>(context);
  walk->visit(function, walk->state);
  return false;
}

bool walk_functions(Node* node, void* context) {
  if (node == nullptr) return false;
  (void)check_functions_in_node(node, visit_function, context);
  return IsA(node, Query) ? walk_query(castNode(Query, node), walk_functions, context)
                          : walk_below(node, walk_functions, context);
}

}  // namespace

void visit_tables(Node* node, TableVisitor visit, void* state) {
  TableWalk walk{visit, state};
  (void)walk_tables(node, &walk);
}

void visit_columns(Query* query, ColumnVisitor visit, void* state) {
  ColumnWalk walk{visit, state};
  visit_tables(reinterpret_cast<Node*>(query), visit_columns_of, &walk);
}

void visit_functions(Node* node, FunctionVisitor visit, void* state) {
  FunctionWalk walk{visit, state};
  (void)walk_functions(node, &walk);
}

}  // namespace export_leads
