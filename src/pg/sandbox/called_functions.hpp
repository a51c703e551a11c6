// The functions that a site's policies and columns call, and their definitions. A policy that was
// accepted, or a column that was added, is no longer the same once one of its functions was
// replaced.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The OIDs of the functions outside pg_catalog that an expression or a query calls, including
/// those of operators and casts, and of the functions that these call in turn as far as PostgreSQL
/// records it: for aggregates, and for bodies that are stored parsed (BEGIN ATOMIC). What a body
/// that is stored as text calls is only known when it runs.
List* called_functions(Node* node);

/// The role that owns a function.
Oid function_owner(Oid function);

/// Whether the value of an expression may depend on the session or on the time: it calls a function
/// that is not immutable, directly or in the default of an argument, makes XML, or samples a table.
bool is_mutable(Node* node);

/// The definitions of functions, as text that stays the same in a dump and restore and under any
/// settings of the session: each function's definition, and for a SECURITY DEFINER function its
/// owner. "" for no functions.
const char* function_definitions(const List* functions);

/// Raises 40001 where one of the functions was created, replaced or altered after `snapshot` was
/// taken, or no longer exists.
void check_functions_unchanged(Snapshot snapshot, const List* functions);

}  // namespace export_leads
