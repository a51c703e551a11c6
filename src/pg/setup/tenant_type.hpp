// The types that a tenant column can have: those whose equality is plain equality of bytes.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The type in which the tenants of a column are compared: int2, int4, int8 or uuid, and text for
/// text and varchar, through any domain. InvalidOid where the column is missing or its equality is
/// another (citext, character(n), a non-deterministic collation): tenants must not be equal by
/// resemblance.
Oid tenant_type(Oid table, const char* column);

/// The name of one of these types, in pg_catalog.
const char* tenant_type_name(Oid type);

/// Whether two of these types take the same text for the same tenant: they are one, or both are
/// integers.
bool tells_alike(Oid type, Oid other);

}  // namespace export_leads
