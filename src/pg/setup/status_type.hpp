// The types that a status column may have, and how a status's name becomes a value of such a type.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// The type as which a status column's values are compared: text (for text and varchar),
/// character(n), citext, an enum, an integer (int2, int4, int8) or uuid; domains count as their
/// base type. InvalidOid where the column does not exist or its type cannot hold a status.
Oid status_type(Oid table, const char* column);

/// The family of a column's status_type(); columns of one family can hold the same statuses.
/// "text", "integer" or "uuid", or for an enum its name; nullptr where status_type() is InvalidOid.
const char* status_family(Oid table, const char* column);

/// The schema on which a role needs USAGE to compare a column's statuses, because a domain's base
/// type or citext's operator is in it. InvalidOid where that schema is pg_catalog, or none is
/// needed.
Oid status_schema(Oid table, const char* column);

/// SQL that compares `expression`, which reads `column`, with the parameter number `parameter` of
/// type status_type(), for example "lead.status OPERATOR(pg_catalog.=) $2". An index on the column
/// can be used. Text is compared byte for byte, whatever the column's collation.
const char* equals_status(Oid table, const char* column, const char* expression, int parameter);

/// Whether values of a status_type() that differ only in case are equal.
bool ignores_case(Oid type);

/// Reads a status as a value of a status_type(). Returns false where the type has no such value, or
/// prints it differently: "07" is not how an integer is printed.
bool read_status(Oid type, const char* status, Datum* value);

}  // namespace export_leads
