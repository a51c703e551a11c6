// Writes the progress to this backend's entry in the statistics.
#include "pg/export/progress.hpp"

extern "C" {
#include "utils/backend_status.h"
}

namespace export_leads {
namespace {

constexpr std::int64_t kLeadsBetweenReports = 64;

bool is_reporting = false;

}  // namespace

void begin_progress(Oid leads) {
  is_reporting = MyBEEntry != nullptr && MyBEEntry->st_progress_command == PROGRESS_COMMAND_INVALID;
  if (!is_reporting) return;
  pgstat_progress_start_command(PROGRESS_COMMAND_COPY, leads);
  pgstat_progress_update_param(PROGRESS_COPY_COMMAND, PROGRESS_COPY_COMMAND_TO);
  pgstat_progress_update_param(PROGRESS_COPY_TYPE, PROGRESS_COPY_TYPE_CALLBACK);
}

void report_progress(std::int64_t leads, const RecordWriter* writer) {
  if (!is_reporting || leads % kLeadsBetweenReports != 0) return;
  const int parameters[] = {PROGRESS_COPY_BYTES_PROCESSED, PROGRESS_COPY_TUPLES_PROCESSED};
  const int64 values[] = {static_cast<int64>(writer->bytes(writer)), leads};
  pgstat_progress_update_multi_param(lengthof(parameters), parameters, values);
}

void end_progress() {
  if (is_reporting) pgstat_progress_end_command();
  is_reporting = false;
}

}  // namespace export_leads
