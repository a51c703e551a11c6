// Whether a table is still the one that set-up was told of: the one that its name says.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The table of which `table` is a partition or a child, directly or not; itself where it is none.
/// Of several parents the one with the least OID counts.
Oid whole_table(Oid table);

/// What must be read now in the place of `table`, which set-up found under a name: another table
/// that has the name now, as after a swap by two renames, or the whole that either has become a
/// part of; also a view, where it shows other rows than the table's. Itself where the name leads to
/// it, to nothing, or to a view of it.
Oid successor_of(Oid table, const char* schema, const char* name);

}  // namespace export_leads
