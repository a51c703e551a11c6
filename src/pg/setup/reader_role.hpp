// The reader: the role as which every export reads.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

inline constexpr const char* kReaderRole = "export_leads_reader";

/// The reader's OID; InvalidOid where the role does not exist.
inline Oid reader_role() { return get_role_oid(kReaderRole, true); }

}  // namespace export_leads
