// Whether an export is made in ranges of creation times, and which.
#pragma once

#include "pg/export/range_queue.hpp"
#include "pg/export/ready_export.hpp"
#include "pg/file/record_writer.hpp"

namespace export_leads {

/// How an export is to be divided.
struct Division {
  int workers;         ///< 0 where it is not
  PlannedQuery times;  ///< time_query()
};

/// Decides how many workers pay for an export, as the planner estimates it: none where it is small,
/// where the session's settings allow none, where its format cannot be joined from parts, where
/// something in it must not run in a worker, and where no index returns the leads by their times.
Division plan_division(const ReadyExport& ready, RecordWriter* writer);

/// What divide() returns where a lead is in no range: it has no time, or an infinite one.
inline constexpr std::int64_t kNotDivided = -1;

/// Fills the queue from the leads' times, newest first, and returns how many leads its ranges have.
/// The queue stays empty where the result is kNotDivided.
std::int64_t divide(const ReadyExport& ready, const PlannedQuery& times, RangeQueue& ranges);

}  // namespace export_leads
