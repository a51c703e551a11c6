// The headers of a file's columns: whoever reads the file must be able to tell its columns apart.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/file_columns.hpp"

namespace export_leads {

/// Reports columns whose header is empty or that of another: a configuration may have such from a
/// version that took any.
void inspect_headers(const FileColumns& columns, FindingSink& sink);

/// Raises 22023 where the header of the column `name`, which is one of `columns`, is empty, that of
/// another or begins with ID.
void require_header(const FileColumns& columns, const char* name);

}  // namespace export_leads
