// Runs code as the owner of a table. What a site wrote (casts, CHECK constraints, defaults, the
// domains of a literal) must run as the table's owner, never as the superuser who runs set-up, the
// check or a remediation.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The owner of a table. Raises 42501 unless the current user has the owner's privileges, and 42P01
/// where the table no longer exists.
Oid own_table_owner(Oid table);

struct OwnerScope {
  Oid user;
  int security_context;
  int guc_level;
};
static_assert(std::is_trivially_destructible_v<OwnerScope>);

/// Switches to `owner` in a security-restricted operation, which no code can leave (SET ROLE, RESET
/// ROLE and deferred triggers are forbidden), with the search_path of the extension's own
/// functions. After an error, the abort of the (sub)transaction restores the user and the settings.
OwnerScope become_owner(Oid owner);

/// Restores the user and the settings, including those that the site's code has changed.
void leave_owner(const OwnerScope& scope);

}  // namespace export_leads
