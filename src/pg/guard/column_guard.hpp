// Whether the mapped columns are still those that set-up found, and of types that can be what they
// are taken for.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Reports what is wrong with a table's columns: one that is missing, or whose name is another's
/// now; of types that cannot tell tenants apart, are no times, or hold no status. Returns whether
/// nothing is.
bool inspect_columns(const Configuration& configuration, Table which, FindingSink& sink);

/// The schemas that comparing a table's statuses needs, as OIDs.
List* status_schemas(const Configuration& configuration, Table which);

/// Whether `reader` may look into them.
bool sees_status_types(const Configuration& configuration, Table which, Oid reader);

/// Reports tables whose tenants might compare as others than the leads'. Returns whether there are
/// none.
bool inspect_tenant_types(const Configuration& configuration, FindingSink& sink);

}  // namespace export_leads
