// Checks the headers of a file's columns: whoever reads the file must be able to tell the columns
// apart.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// Reports columns whose header is empty or the same as another column's. Older versions of the
/// extension accepted such headers, so a configuration may still contain them.
void inspect_headers(const FileColumns& columns, FindingSink& sink);

/// Raises 22023 where the header of the column `name`, which must be in `columns`, is empty, is the
/// same as another column's, or begins with "ID".
void require_header(const FileColumns& columns, const char* name);

}  // namespace export_leads
