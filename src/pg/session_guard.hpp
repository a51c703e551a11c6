// What code behind an export may not do to the session it runs in. A restricted operation keeps it
// from most; cursors, advisory locks and sequences are beyond that.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Makes the session's open cursors unusable: FETCH, MOVE and CLOSE of one raise 55000, as for the
/// cursor that is just running. An export that its caller reads through a cursor would be short if
/// code behind a policy had fetched a piece of it.
void hold_cursors();

/// Gives the cursors back.
void release_cursors();

/// From now on (to be called once) a call of a function that would leave something behind raises an
/// error while `is_exporting()`: one that releases advisory locks where the session holds any
/// (42501), and one that changes a sequence or writes to the log (25006), which no command counts.
void forbid_side_effects(bool (*is_exporting)());

}  // namespace export_leads
