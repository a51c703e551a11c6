// Keeps the site's code that an export runs from changing the session: a security-restricted
// operation does not cover cursors, advisory locks and sequences.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The session's cursors while the site's code runs.
struct HeldCursors {
  List* names;  ///< the names of all cursors, as C strings
  List* ready;  ///< the Portals that could be used, which are now held
};
static_assert(std::is_trivially_destructible_v<HeldCursors>);

/// Makes the session's cursors unusable: FETCH, MOVE and CLOSE raise 55000 or 24000, as for a
/// cursor that is running. The result is for the two functions below.
HeldCursors hold_cursors();

/// Closes the cursors that were opened meanwhile: whoever fetched from one later would run its
/// query with rights of their own.
void close_other_cursors(const HeldCursors& held);

/// Makes the held cursors usable again.
void release_cursors(const HeldCursors& held);

/// Calls `body`, which runs the site's code, while the session's cursors are held. Otherwise such
/// code could fetch rows from the cursor through which the caller reads an export, which would then
/// be incomplete. Or it could replace a DBA's cursor with one of its own, whose query would then
/// run as the DBA.
template <typename Body>
void while_cursors_are_held(Body body) {
  static_assert(std::is_trivially_destructible_v<Body>);
  const HeldCursors held = hold_cursors();
  PG_TRY();
  {
    body();
    close_other_cursors(held);
  }
  PG_FINALLY();
  { release_cursors(held); }
  PG_END_TRY();
}

/// Where the session holds advisory locks, makes forbid_side_effects() see all function calls. It
/// sees a function when an expression with it is prepared to run. PL/pgSQL may have prepared some
/// earlier in the transaction, so all cached plans are reset. To be called before an export.
void hold_advisory_locks();

/// To be called once. From then on, while `is_exporting()` is true, these raise an error: a
/// function that releases advisory locks, where the session holds any, and one that uses the
/// session's open large objects (42501); a function that changes a sequence or writes a message to
/// the write-ahead log (25006), since check_nothing_written() does not notice that; and SET
/// CONSTRAINTS (42501).
void forbid_side_effects(bool (*is_exporting)());

}  // namespace export_leads
