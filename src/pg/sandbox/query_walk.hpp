// Visits the tables, columns and functions in the tree of a query or an expression.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Calls `visit` for every table in a query or an expression, including its subqueries and the
/// conditions of row security. `index` is the table's place in the range table of `query`, from 1.
using TableVisitor = void (*)(const Query* query, int index, RangeTblEntry* entry, void* state);
void visit_tables(Node* node, TableVisitor visit, void* state);

/// Calls `visit` for every table column that the query reads. Column 0 stands for a whole row, and
/// system columns have negative numbers.
using ColumnVisitor = void (*)(Oid table, AttrNumber column, void* state);
void visit_columns(Query* query, ColumnVisitor visit, void* state);

/// Calls `visit` for every function that a query or an expression calls, including those of
/// operators and casts.
using FunctionVisitor = void (*)(Oid function, void* state);
void visit_functions(Node* node, FunctionVisitor visit, void* state);

}  // namespace export_leads
