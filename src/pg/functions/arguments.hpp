// The arguments that the export functions share.
#pragma once

#include "pg/export/lead_export.hpp"

namespace export_leads {

/// The first argument, the tenant, as text, whichever overload was called. Raises 22004 where it is
/// null.
const char* tenant_argument(FunctionCallInfo fcinfo);

/// The second argument, the id of an export. Raises 22004 where it is null.
Datum export_id_argument(FunctionCallInfo fcinfo);

/// Reads an argument that is an array of column names. A missing or null one stands for the
/// standard columns. Raises 22023 where an element is null.
ColumnNames read_column_names(FunctionCallInfo fcinfo, int argument);

/// Reads (tenant, status) and, from the argument number `columns` on, (columns, created_from,
/// created_to), which the functions of older versions of the extension do not have. Raises 22004
/// where the tenant or the status is null, 22023 where an argument is not valid for any tenant, and
/// 0A000 where the database's encoding is not UTF8.
Request read_request(FunctionCallInfo fcinfo, int columns);

/// The same for a function without columns, whose bounds begin at the argument `created_from`. The
/// request is for the standard columns.
Request read_request_without_columns(FunctionCallInfo fcinfo, int created_from);

}  // namespace export_leads
