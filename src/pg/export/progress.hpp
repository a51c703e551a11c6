// Shows a running export in pg_stat_progress_copy, as a COPY TO.
#pragma once

#include "pg/file/record_writer.hpp"

namespace export_leads {

/// Begins to report. Does nothing where the calling statement already reports progress of its own,
/// as a COPY does. An abort of the (sub)transaction ends the report.
void begin_progress(Oid leads);

/// Reports the leads and bytes written so far; only every 64th lead updates the statistics.
void report_progress(std::int64_t leads, const RecordWriter* writer);

/// Ends the report, if one was begun.
void end_progress();

}  // namespace export_leads
