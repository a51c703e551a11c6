// What code behind an export may not do to the session it runs in. A restricted operation keeps it
// from most; cursors, advisory locks and sequences are beyond that.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The session's cursors while code of a site's runs.
struct HeldCursors {
  List* names;  ///< of all that there are, as C strings
  List* ready;  ///< Portals: those that were ready to be used
};
static_assert(std::is_trivially_destructible_v<HeldCursors>);

/// Makes the session's cursors unusable: FETCH, MOVE and CLOSE of one raise 55000 or 24000, as for
/// the cursor that is just running.
HeldCursors hold_cursors();

/// Closes the cursors that came meanwhile: whoever fetched from one would run its query with rights
/// of his own.
void close_other_cursors(const HeldCursors& held);

/// Gives the cursors back.
void release_cursors(const HeldCursors& held);

/// Calls `body`, which runs code of a site's, between those. An export that its caller reads
/// through a cursor would be short if such code had fetched a piece of it; a cursor of a DBA's, in
/// the place of which it had opened one of its own, would run its query as the DBA.
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

/// Where the session holds advisory locks, sees to it that functions are looked at again which
/// PL/pgSQL has made ready to be called earlier in the transaction. To be called before an export.
void hold_advisory_locks();

/// From now on (to be called once) what would leave something behind raises an error while
/// `is_exporting()`: a call of a function that releases advisory locks where the session holds any,
/// or that uses its open large objects (42501), or that changes a sequence or writes to the log
/// (25006), which no command counts; and SET CONSTRAINTS (42501).
void forbid_side_effects(bool (*is_exporting)());

}  // namespace export_leads
