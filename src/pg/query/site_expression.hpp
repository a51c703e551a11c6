// Analyzes the expressions that a site wrote: its own columns, full_name and the session's tenant.
// Analyzing one may run the site's code: an array literal, for example, calls the CHECK of its
// elements' domain.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Analyzes an expression over "lead", "status" and "call" as a query: as the owner of the leads,
/// in the sandbox of an export. Raises PostgreSQL's own errors for one that is not valid, and 42601
/// where it is not a single expression over one row.
Query* analyze_column(const Configuration& configuration, const char* expression);

/// Analyzes the query of the standard columns, including full_name, in the sandbox, and as the
/// owner of the leads where the site gave full_name. Raises PostgreSQL's own errors.
Query* analyze_standard_columns(const Configuration& configuration, Oid extension_schema);

/// Analyzes the expression of the session's tenant as the owner of the leads, in the sandbox.
/// Returns nullptr where the site has none. Raises what analyze_session_tenant() raises.
Query* analyze_session_tenant_as_owner(const Configuration& configuration);

/// Raises 22023 where an expression over "lead", "status" and "call" means something else under the
/// session's settings than in exports; where `expression` is nullptr, checks full_name.
void require_one_meaning(const Configuration& configuration, Oid extension_schema,
                         const char* expression);

}  // namespace export_leads
