// Finds out whether a table is still the one that set-up was given, by its name and its parents.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The top-level table of which `table` is a partition or child, directly or not; `table` itself
/// where it is neither. Of several parents, the one with the smallest OID counts.
Oid whole_table(Oid table);

/// The relation that has to be read now in place of `table`, which set-up found under the name
/// `schema`.`name`: another table that has the name now, as after two tables swapped names, or a
/// view that has it and does not read `table`; and where this or `table` itself has become a
/// partition or child, its whole_table(). Returns `table` where the name leads to it, to a view of
/// it, or to nothing. `table` is InvalidOid where it is gone.
Oid successor_of(Oid table, const char* schema, const char* name);

}  // namespace export_leads
