// Checks that the mapped columns are still the ones that set-up found, and that their types fit
// what they are used for.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Reports what is wrong with a table's mapped columns: one is missing, another column now has its
/// name, or its type cannot tell tenants apart, is not a timestamp, or cannot hold a status.
/// Returns whether there was nothing to report.
bool inspect_columns(const Configuration& configuration, Table which, FindingSink& sink);

/// The OIDs of the schemas that a role must be able to look into to compare a table's statuses.
List* status_schemas(const Configuration& configuration, Table which);

/// Whether `reader` has USAGE on all of status_schemas().
bool sees_status_types(const Configuration& configuration, Table which, Oid reader);

/// Reports tables whose tenant column is of a type that may compare tenants differently from the
/// leads' type. Returns whether there was nothing to report.
bool inspect_tenant_types(const Configuration& configuration, FindingSink& sink);

}  // namespace export_leads
