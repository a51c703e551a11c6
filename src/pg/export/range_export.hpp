// Exports a large column in ranges of creation times, which parallel workers and the leader make at
// the same time. Each worker runs a whole export of its own, with every guard, under the leader's
// snapshot, user and settings.
#pragma once

#include "pg/export/division.hpp"
#include "pg/export/row_receiver.hpp"

namespace export_leads {

/// Writes a CSV with so many workers, or as many as are to be had. `rows` must be a new receiver
/// for the whole file. Returns false, having written nothing, where there is no worker, and where
/// leads have no time, or an infinite one, and are in no range. Raises what a worker raises.
bool export_in_ranges(const ReadyExport& ready, const Division& division, RowReceiver& rows);

}  // namespace export_leads
