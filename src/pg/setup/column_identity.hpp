// Finds out whether a column is still the one that set-up was given. Within a database the column's
// number says so; after a dump and restore, where numbers may change, its name does.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

struct MappedColumn {
  const char* name;  ///< the column's current name, or its former name where it is gone
  bool is_replaced;  ///< whether another column now has its former name, which may mean that column
};

/// What is stored about a column to recognize it later, as text: its number, how many columns the
/// table has ever had, and its name. The count tells a column that was added later under the name
/// from one that was there already and was renamed to it. nullptr where `name` is nullptr.
const char* column_number(Oid table, const char* name);

/// The column that set-up found under `name`. `number` is what column_number() returned for it
/// then, or nullptr where that is not known. Where `number` is about another name, `name` was
/// changed by hand since, and is returned as it is.
MappedColumn mapped_column(Oid table, const char* name, const char* number);

/// How well a stored column_number() agrees with the column it is about: 1 where the number still
/// has that name, -1 where it does not, and far less where the table has fewer columns than then,
/// as happens in a restored dump, which leaves out dropped columns, or where no number was stored.
/// The sum over several columns is positive where a copy of a database has kept the numbers.
int agreement(Oid table, const char* name, const char* number);

/// Identifies, as text, where stored column numbers are valid: in this cluster, this database and
/// these tables. In a restored database the columns may have other numbers.
const char* numbering(const Oid* tables, int count);

}  // namespace export_leads
