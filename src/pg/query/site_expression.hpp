// The expressions that a site wrote: a column of its own, full_name, or its session's tenant.
// Analyzing one may run code of the site's: the CHECK of a domain, say, which reading the literal
// of an array calls.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// An expression over "lead", "status" and "call", analyzed as a query as the owner of the leads,
/// in the sandbox of an export. Raises what PostgreSQL raises for one that is not valid, and 42601
/// for what is not one expression over a single row.
Query* analyze_column(const Configuration& configuration, const char* expression);

/// The query of the standard columns, full_name in it, analyzed likewise.
Query* analyze_standard_columns(const Configuration& configuration, Oid extension_schema);

/// The expression of the session's tenant, analyzed likewise; nullptr where the site has none.
/// Raises what analyze_session_tenant() raises.
Query* analyze_session_tenant_as_owner(const Configuration& configuration);

/// Raises 22023 where an expression over "lead", "status" and "call", or full_name where it is
/// nullptr, means another thing under the session's settings than in exports.
void require_one_meaning(const Configuration& configuration, Oid extension_schema,
                         const char* expression);

}  // namespace export_leads
