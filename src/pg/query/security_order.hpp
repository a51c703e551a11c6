// Changes the order in which PostgreSQL may evaluate a query's conditions under row security.
#pragma once

#include "pg/guard/guarded_query.hpp"

namespace export_leads {

/// Lets the comparison of a table's rows with the parameter number `parameter` run together with
/// our own policy's condition, so that an index can be used for it. PostgreSQL evaluates functions
/// that are not leakproof, such as those of enums and citext, only after the conditions of row
/// security, and no index can do that. The query must have been inspected: our condition then comes
/// first, and only a superuser could replace the function. The query still returns the same rows.
void compare_under_policy(Query* query, Oid table, int parameter);

}  // namespace export_leads
