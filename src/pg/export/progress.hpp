// Shows a running export in pg_stat_progress_copy, as the COPY ... TO that it is much like.
#pragma once

#include "pg/file/record_writer.hpp"

namespace export_leads {

/// Begins to report, unless the statement that called reports something already: a COPY, say. An
/// abort of the (sub)transaction ends it.
void begin_progress(Oid leads);

/// Reports now and then, not for every row.
void report_progress(std::int64_t leads, const RecordWriter* writer);

void end_progress();

}  // namespace export_leads
