// The functions that a site's own policies and columns call, and what those functions do. What was
// accepted or added is no longer that once one of them has been replaced.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The functions (OIDs) that an expression or a query calls which are not pg_catalog's own,
/// operators' and casts' included, and those that they call in turn as far as PostgreSQL knows:
/// aggregates, and bodies that it keeps parsed (BEGIN ATOMIC). What a body that is text calls, it
/// learns only when it runs.
List* called_functions(Node* node);

/// The role that owns a function.
Oid function_owner(Oid function);

/// Whether what an expression says may depend on the session or on time: it calls a function that
/// is not immutable, if only for the default of an argument, makes XML, or samples a table.
bool is_mutable(Node* node);

/// What functions do, as text that survives a dump and restore: each definition, and the owner of
/// one that runs as its owner. The same whatever the session's settings are; "" for none.
const char* function_definitions(const List* functions);

/// Raises 40001 where one of the functions was created, replaced or altered after `snapshot` was
/// taken, or is gone.
void check_functions_unchanged(Snapshot snapshot, const List* functions);

}  // namespace export_leads
