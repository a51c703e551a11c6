// Who may export which tenant: two checks beyond EXECUTE that a site may switch on.
#pragma once

#include "pg/guard/tenant.hpp"

namespace export_leads {

/// Where the tenant of the session comes from.
enum class SessionTenant {
  ask,   ///< from this session
  same,  ///< another node asked its session, which has the tenant that is exported
  none,  ///< another node asked its session, which has none
};

/// Who asks for an export: the current user. With `on_behalf_of` it is that role instead, as
/// whoever made a schedule: its grants are looked up, while the tenant of the session, which is not
/// its own, is not asked for.
struct Caller {
  Oid on_behalf_of;
  SessionTenant session;
};

/// Raises 42501 unless the caller may export `tenant`. Where the site configured the tenant of the
/// session, a session that has one may export only that, and the site may refuse callers whose
/// session has none, except its administrators. Where the site requires grants, the caller needs a
/// grant for the tenant, as itself or through a role whose privileges it has. The message is the
/// same for another caller's tenant and for one that does not exist.
///
/// Returns whether the session has a tenant, which then is this one.
bool check_caller(const Configuration& configuration, Oid extension_schema, Oid reader,
                  const Caller& caller, const Tenant& tenant);

}  // namespace export_leads
