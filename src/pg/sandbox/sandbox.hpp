// Where an export runs: as the reader role, with settings of our own, for one tenant.
//
// An error leaves the sandbox as every untrusted switch of user is left in PostgreSQL: the abort of
// the (sub)transaction gives the user and the settings back. Only the tenant is ours to clear: see
// end_export().
#pragma once

#include "pg/sandbox/session_guard.hpp"

namespace export_leads {

/// Whether this backend is exporting.
bool is_exporting();

/// Marks this backend as exporting. Raises 55006 where it is already, and 55000 in a parallel
/// worker.
void begin_export();

/// Forgets the tenant and the mark. Every way out of an export, error or not, passes here.
void end_export();

/// Calls `body` between begin_export() and end_export(): the mark and the tenant are state of the
/// backend, which no abort clears. The mark comes first, or a refused export would take away that
/// of the one it is in.
template <typename Body>
void during_export(Body body) {
  static_assert(std::is_trivially_destructible_v<Body>);
  begin_export();
  PG_TRY();
  { while_cursors_are_held(body); }
  PG_FINALLY();
  { end_export(); }
  PG_END_TRY();
}

/// Lets running_tenant() return `tenant`, which must live until end_export().
void set_tenant(const char* tenant);

/// The tenant of the export that is running in this backend; nullptr outside of one.
const char* running_tenant();

struct Sandbox {
  Oid user;
  int security_context;
  int guc_level;
  bool was_read_only;
};
static_assert(std::is_trivially_destructible_v<Sandbox>);

/// Pins a setting until the caller's GUC nest level ends.
void pin(const char* name, const char* value);

/// Pins the settings that change what a query means, what it finds or how values print, until the
/// caller's GUC nest level ends. The time zone stays the session's.
void pin_settings();

/// Pins the time zone likewise.
void pin_time_zone(const char* zone);

/// Pins the settings, makes the transaction read-only, and switches to `role` under a restricted
/// operation: no SET ROLE, no deferred trigger, no temporary object, no LISTEN, no PREPARE.
Sandbox enter_sandbox(Oid role);

/// Gives back the settings as they were when the GUC nest level began, also those that code behind
/// a policy has set. Raises 25006 where such code has made the transaction writable.
void forget_settings(int guc_level);

/// Gives back the user and the settings. Raises what forget_settings() raises.
void leave_sandbox(const Sandbox& sandbox);

/// Raises 25006 where something was written since the command `before`: the transaction is
/// read-only in the sandbox, but code behind a policy can RESET that before PostgreSQL 16, and
/// create large objects before 16 at all. Each write uses up a command.
void check_nothing_written(CommandId before);

}  // namespace export_leads
