// The role that every export reads as.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

inline constexpr const char* kReaderRole = "export_leads_reader";

/// Its OID; InvalidOid where it does not exist.
inline Oid reader_role() { return get_role_oid(kReaderRole, true); }

}  // namespace export_leads
