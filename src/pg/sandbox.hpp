// Where an export runs: as the reader role, with settings of our own, for one tenant.
//
// An error leaves the sandbox as every untrusted switch of user is left in PostgreSQL: the abort of
// the (sub)transaction gives the user and the settings back. Only the tenant is ours to clear: see
// end_export().
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

inline constexpr const char* kReaderRole = "export_leads_reader";

/// Marks this backend as exporting. Raises 55006 where it is already.
void begin_export();

/// Forgets the tenant and the mark. Every way out of an export, error or not, passes here.
void end_export();

/// Lets export_leads_tenant() return `tenant`, which must live until end_export().
void set_tenant(const char* tenant);

struct Sandbox {
  Oid user;
  int security_context;
  int guc_level;
  bool was_read_only;
};
static_assert(std::is_trivially_destructible_v<Sandbox>);

/// Pins the settings that change what a query means or how values print (the time zone stays the
/// session's), makes the transaction read-only, and switches to `reader` under a restricted
/// operation: no SET ROLE, no deferred trigger, no temporary object, no LISTEN, no PREPARE.
Sandbox enter_sandbox(Oid reader);

/// Gives back the user and the settings, also those that code behind a policy has set.
void leave_sandbox(const Sandbox& sandbox);

}  // namespace export_leads
