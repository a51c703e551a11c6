// The columns that a file can have: the eleven standard ones, and those that the site has added.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Where a column's values come from: the exported status, which is the same in every record, or an
/// SQL expression over a row.
enum class ColumnSource { status_name, status_label, expression };

struct FileColumn {
  const char* name;
  const char*
      header;  ///< the header in the file: the column's name, unless the site has set another
  std::uint32_t width;  ///< the width of a sheet's column, in characters
  ColumnSource source;
  const char*
      expression;  ///< over "lead", "call" and "status"; nullptr for the status's own columns
  const char* functions;  ///< the function_definitions() it must still have; nullptr for no check
  List* reads;            ///< _export_leads_columns_read() as C strings; NIL for no check
};

/// The selected columns in the file's order, and the names (C strings) of the columns of the latest
/// call and of the status that their expressions read.
struct FileColumns {
  int count;
  FileColumn* columns;
  List* call_columns;
  List* status_columns;
};
static_assert(std::is_trivially_destructible_v<FileColumns>);

/// The names of columns, as the caller gave them.
struct ColumnNames {
  const char** names;  ///< nullptr for the standard columns
  int count;
};

/// The columns with these names, in the same order. Raises 22023, with a list of all columns as a
/// hint, where a name is unknown or given twice, and where there is no name at all.
FileColumns select_columns(const Configuration& configuration, Oid extension_schema,
                           ColumnNames names);

/// All columns: the standard ones, then the site's own, sorted by name.
FileColumns all_columns(const Configuration& configuration, Oid extension_schema);

/// Adds a name to a list of names (C strings) unless it is in the list already.
List* add_name(List* names, const char* name);

/// SQL for a field of one of the tables, qualified with the table's alias: lead."phone". A NULL
/// where the site has no such field.
const char* field_expression(const Configuration& configuration, Field field);

}  // namespace export_leads
