// In which order PostgreSQL may evaluate the conditions of a query under row security.
#pragma once

#include "pg/guard/guarded_query.hpp"

namespace export_leads {

/// Lets the comparison of a table's rows with parameter `parameter` go along with our own policy's
/// condition, so that an index may serve it. PostgreSQL evaluates a function that is not marked
/// leakproof (those of enums and citext are not) after the conditions of row security, which no
/// index does. The query must have been inspected: our condition comes first, and nobody but a
/// superuser could replace the function. What is read stays the same.
void compare_under_policy(Query* query, Oid table, int parameter);

}  // namespace export_leads
