// Takes the LIMIT 1 out of a plan that a nested loop can do without.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Lets nested loops of a finished plan stop at the first inner row by themselves, where the inner
/// side is a LIMIT 1 right above an index scan. They still join the same row: that the index
/// returns it first is what the planner has found, or there would be a sort below the LIMIT. Joins
/// of any other shape are left as they are. Modifies `plan`.
void stop_at_first_match(PlannedStmt* plan);

}  // namespace export_leads
