// The types that a status may be kept in, and how a status's name becomes a value of one.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// What values of a column compare as: text (text and varchar), character(n), citext, an enum, an
/// integer (int2, int4, int8) or uuid, through any domains. InvalidOid for another type, which
/// cannot hold a status, and for a column that does not exist.
Oid status_type(Oid table, const char* column);

/// The types whose values can name the same statuses: "text", "integer", "uuid", or an enum by its
/// name; nullptr where status_type() is InvalidOid.
const char* status_family(Oid table, const char* column);

/// The schema of what comparing a status needs that is not PostgreSQL's own, a domain's base type
/// or citext's operator: whoever compares must be allowed to look into it. InvalidOid where nothing
/// is needed.
Oid status_schema(Oid table, const char* column);

/// `column` (an expression) compared with parameter number `parameter`, which is of status_type(),
/// so that an index on the column serves: "lead.status OPERATOR(pg_catalog.=) $2". Text compares
/// byte for byte whatever its collation.
const char* equals_status(Oid table, const char* column, const char* expression, int parameter);

/// Whether values of a status_type() that differ in case are the same.
bool ignores_case(Oid type);

/// A status as a value of a status_type(). Returns false where the type has no such value, or
/// writes it otherwise ("07" is no integer's text).
bool read_status(Oid type, const char* status, Datum* value);

}  // namespace export_leads
