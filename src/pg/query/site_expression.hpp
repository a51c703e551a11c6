// The expressions that a site wrote: a column of its own, full_name, or its session's tenant.
// Analyzing one may run code of the site's: the CHECK of a domain, say, which reading the literal
// of an array calls.
#pragma once

#include "pg/guard/guarded_query.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Whether a text between two parentheses stays there. Raises 42601 for what cannot be parsed.
bool is_expression(const char* text);

/// An expression over "lead", "status" and "call", analyzed as a query as the owner of the leads,
/// in the sandbox of an export. Raises what PostgreSQL raises for one that is not valid, and 42601
/// for what is not one expression over a single row.
Query* analyze_column(const Configuration& configuration, const char* expression);

/// The query of the standard columns, full_name in it, analyzed likewise.
Query* analyze_standard_columns(const Configuration& configuration, Oid extension_schema);

}  // namespace export_leads
