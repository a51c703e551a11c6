// Who may ask for which tenant: the two locks beyond EXECUTE that a site may switch on.
#pragma once

#include "pg/guard/tenant.hpp"

namespace export_leads {

/// Raises 42501 unless `caller` may export `tenant`:
/// - where the site says what the session's tenant is, the session must be of this tenant, and
/// where
///   that is required, it must be of one at all;
/// - where grants are required, the caller, or a role whose privileges it has, must have one.
/// The message is the same for a tenant that is not the caller's and one that nobody has.
void check_caller(const Configuration& configuration, Oid extension_schema, Oid reader, Oid caller,
                  const Tenant& tenant);

}  // namespace export_leads
