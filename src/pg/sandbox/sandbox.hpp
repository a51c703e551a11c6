// The sandbox in which an export runs: as the reader role, with pinned settings, for one tenant.
//
// After an error, the abort of the (sub)transaction restores the user and the settings, as after
// any switch of the user within PostgreSQL. Only the tenant must be cleared by us: see
// end_export().
#pragma once

#include "pg/sandbox/session_guard.hpp"

namespace export_leads {

/// Whether an export is running in this backend.
bool is_exporting();

/// Marks this backend as exporting. Raises 55006 where an export is already running in it, and
/// 55000 in a parallel worker.
void begin_export();

/// Marks a parallel worker as one that exports with this backend's leader.
void begin_export_in_worker();

/// Clears the tenant and the mark. Must be called whenever an export ends, with or without an
/// error.
void end_export();

/// Calls `body` between begin_export() and end_export(). PG_FINALLY is needed because an abort does
/// not clear the mark and the tenant, which are variables of the backend. begin_export() stands
/// outside PG_TRY: an export within another one is refused there, and must not clear the outer
/// one's mark. Raises what begin_export() and `body` raise.
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

/// Makes `tenant` the value of running_tenant(). It must live until end_export().
void set_tenant(const char* tenant);

/// The tenant of the export that is running in this backend; nullptr outside an export.
const char* running_tenant();

/// The same for the role that called, by its name: running_caller() is nullptr unless it was set.
void set_caller(const char* role);
const char* running_caller();

struct Sandbox {
  Oid user;
  int security_context;
  int guc_level;
  bool was_read_only;
};
static_assert(std::is_trivially_destructible_v<Sandbox>);

/// Sets a setting until the caller's GUC nest level ends.
void pin(const char* name, const char* value);

/// Pins all settings that change what a query means, which rows it finds, or how values are
/// printed, until the caller's GUC nest level ends. The time zone is not among them.
void pin_settings();

/// Pins the time zone until the caller's GUC nest level ends.
void pin_time_zone(const char* zone);

/// Opens a GUC nest level, pins the settings, makes the transaction read-only, and switches to
/// `role` in a security-restricted operation, which forbids SET ROLE, deferred triggers, temporary
/// objects, LISTEN and PREPARE. The result is for leave_sandbox().
Sandbox enter_sandbox(Oid role);

/// Restores all settings, including those that a policy's code has changed, to their values at the
/// beginning of the GUC nest level, and ends that level. Raises 25006 where such code has made the
/// transaction writable.
void forget_settings(int guc_level);

/// Restores the user and the settings. Raises what forget_settings() raises.
void leave_sandbox(const Sandbox& sandbox);

/// Raises 25006 where something was written since the command `before`: every write uses up a
/// command number. The sandbox is read-only, but before PostgreSQL 16 a policy's code can RESET
/// that, and create large objects all the same.
void check_nothing_written(CommandId before);

}  // namespace export_leads
