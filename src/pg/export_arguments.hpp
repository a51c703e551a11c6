// The arguments that the export functions share.
#pragma once

#include "pg/lead_export.hpp"

namespace export_leads {

/// Reads (tenant, status) and, from the argument `columns` on, (columns, created_from, created_to),
/// which an older version of the extension does not give. Raises 22004 and 22023 for what is not
/// valid whatever the tenant, and 0A000 in a database that is not in UTF8.
Request read_request(FunctionCallInfo fcinfo, int columns);

}  // namespace export_leads
