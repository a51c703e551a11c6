// Whether a column is still the one that set-up was told of: its number says so within a database,
// its name after a dump and restore.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

struct MappedColumn {
  const char* name;  ///< what the column is called now; its former name where it is gone
  bool is_replaced;  ///< whether its former name is that of another column, which was renamed
};

/// A column's number, how many the table has had, and the name, as text: what is kept of a column
/// to follow it, and to tell one that was added later under its name from one that was renamed.
/// nullptr for none.
const char* column_number(Oid table, const char* name);

/// The column that set-up found under `name`, with what column_number() said of it then; nullptr
/// where that is not known. A name that is not the one that was numbered was written since, by
/// hand: it counts by itself.
MappedColumn mapped_column(Oid table, const char* name, const char* number);

/// Whether column_number() is still true of a column: 1 where it is, -1 where not, and far less
/// where the table has fewer columns than then, as after a dump, which leaves out those that were
/// dropped. What outweighs the rest tells whether a copy of a database has the same numbers.
int agreement(Oid table, const char* name, const char* number);

/// Where numbers of columns mean what they meant when this was noted, as text: in this cluster,
/// this database and these tables. A restored database may have other numbers.
const char* numbering(const Oid* tables, int count);

}  // namespace export_leads
