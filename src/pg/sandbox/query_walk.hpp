// What is in the tree of a query or an expression: the tables, columns and functions.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Calls `visit` for every table in a query or an expression, in its subqueries and in the
/// conditions of its policies; `index` is its place in the range table of `query`.
using TableVisitor = void (*)(const Query* query, int index, RangeTblEntry* entry, void* state);
void visit_tables(Node* node, TableVisitor visit, void* state);

/// Calls `visit` for each column of a table that the query reads; 0 stands for a whole row.
using ColumnVisitor = void (*)(Oid table, AttrNumber column, void* state);
void visit_columns(Query* query, ColumnVisitor visit, void* state);

/// Calls `visit` for each function that a query or an expression calls, operators' and casts'
/// included.
using FunctionVisitor = void (*)(Oid function, void* state);
void visit_functions(Node* node, FunctionVisitor visit, void* state);

}  // namespace export_leads
