// The tenant that the session is of: in a setting of the application's, or what an expression of
// the site's makes of the session.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/tenant.hpp"

namespace export_leads {

/// Analyzes an expression over the session as the current user. Raises what PostgreSQL raises for
/// one that is not valid, and 42601 for what is not one expression, or reads a table.
Query* analyze_session_tenant(const char* expression);

/// Reads the session's tenant as a value of `type`, an expression as the reader and in the sandbox.
/// Returns whether there is one. Raises 42501 for what cannot be read or is no tenant, without a
/// word of what the session holds, and 55000 for an expression that the reader may not evaluate.
bool read_session_tenant(const TenantRules& rules, Oid reader, Oid type, TenantKey* session);

/// Reports functions of the expression, if there is one, that the reader may not call. Must run as
/// the reader, in the sandbox. Raises what PostgreSQL raises for one that is not valid.
void inspect_session_tenant(const TenantRules& rules, Oid reader, FindingSink& sink);

}  // namespace export_leads
