// The columns of a file: the eleven standard ones, and those a site has added.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Where a column's values come from: the status that was asked for, the same in every record, or
/// an SQL expression over a row.
enum class ColumnSource { status_name, status_label, expression };

struct FileColumn {
  const char* name;
  const char* header;   ///< what the file calls it: its name, unless the site has another word
  std::uint32_t width;  ///< of a sheet's column, in characters
  ColumnSource source;
  const char* expression;  ///< over "lead", "call" and "status"; nullptr for the status's own
  const char* functions;   ///< function_definitions() it must call; nullptr where that is not held
  List* reads;             ///< export_leads_columns_read(): C strings; NIL where that is not held
};

/// A selection of columns in the file's order, and which columns of the latest call and of the
/// status their expressions read (names, as C strings).
struct FileColumns {
  int count;
  FileColumn* columns;
  List* call_columns;
  List* status_columns;
};
static_assert(std::is_trivially_destructible_v<FileColumns>);

/// Names of columns as a caller gave them.
struct ColumnNames {
  const char** names;  ///< nullptr for the standard columns
  int count;
};

/// The columns of that name, in that order. Raises 22023, with the list of what there is, for a
/// name that is unknown or given twice, and for none at all.
FileColumns select_columns(const Configuration& configuration, Oid extension_schema,
                           ColumnNames names);

/// All columns there are, the site's own after the standard ones and by name.
FileColumns all_columns(const Configuration& configuration, Oid extension_schema);

/// Adds a name to a list of names unless it is there.
List* add_name(List* names, const char* name);

/// A field of one of the tables, behind the alias of its table: lead."phone". A NULL where the site
/// has none.
const char* field_expression(const Configuration& configuration, Field field);

}  // namespace export_leads
