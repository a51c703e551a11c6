// Being the owner of a table for a while: what a site wrote (casts, CHECK constraints, defaults,
// the domains of a literal) runs as whoever it belongs to, never as the superuser who runs set-up,
// the doctor or a remediation.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The owner of a table, for somebody who could be him anyway: raises 42501 unless the current user
/// has his privileges, and 42P01 where the table is gone.
Oid own_table_owner(Oid table);

struct OwnerScope {
  Oid user;
  int security_context;
  int guc_level;
};
static_assert(std::is_trivially_destructible_v<OwnerScope>);

/// Switches to `owner` under a restricted operation, which no code can leave (no SET or RESET ROLE,
/// no deferred trigger), with the search_path of the extension's own functions. An error is left as
/// the sandbox is: by the abort of the (sub)transaction.
OwnerScope become_owner(Oid owner);

/// Gives back the user and the settings, also those that the site's code has set.
void leave_owner(const OwnerScope& scope);

}  // namespace export_leads
