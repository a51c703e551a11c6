// The arguments that the export functions share.
#pragma once

#include "pg/export/lead_export.hpp"

namespace export_leads {

/// Reads an argument that is an array of columns' names. Raises 22023 for a null among them.
ColumnNames read_column_names(FunctionCallInfo fcinfo, int argument);

/// Reads (tenant, status) and, from the argument `columns` on, (columns, created_from, created_to),
/// which an older version of the extension does not give. Raises 22004 and 22023 for what is not
/// valid whatever the tenant, and 0A000 in a database that is not in UTF8.
Request read_request(FunctionCallInfo fcinfo, int columns);

}  // namespace export_leads
