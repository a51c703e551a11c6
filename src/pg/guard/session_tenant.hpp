// The tenant of the session: the value of an application's setting, or of an expression that the
// site wrote.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/tenant.hpp"

namespace export_leads {

/// Analyzes an expression over the session as the current user. Raises PostgreSQL's own errors for
/// an invalid one, and 42601 where it is not a single expression or reads a table.
Query* analyze_session_tenant(const char* expression);

/// Reads the session's tenant as a value of `type`; an expression is evaluated as the reader, in
/// the sandbox. Returns whether the session has a tenant. Raises 42501 where it cannot be read or
/// is not a value of the type, without quoting anything the session holds, and 55000 where the
/// reader may not evaluate the expression.
bool read_session_tenant(const TenantRules& rules, Oid reader, Oid type, TenantKey* session);

/// Reports functions in the expression, if there is one, that the reader may not call. Must be
/// called as the reader, in the sandbox. Raises PostgreSQL's own errors for an invalid expression.
void inspect_session_tenant(const TenantRules& rules, Oid reader, FindingSink& sink);

}  // namespace export_leads
