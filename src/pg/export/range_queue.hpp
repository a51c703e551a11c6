// The ranges of creation times that a large export is divided into, in memory that its processes
// share. The leader adds them, newest first, while the workers start; each process takes the next
// one whenever it has finished one.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "storage/condition_variable.h"
#include "storage/spin.h"
}

namespace export_leads {

struct RangeQueue {
  static constexpr int kMaximum = 512;
  slock_t mutex;
  ConditionVariable changed;
  int added;         ///< how many ranges there are so far
  bool is_complete;  ///< whether there will be no more
  int taken;         ///< how many of them somebody has taken
  int written;       ///< how many are in the file
  int ahead;         ///< how many may be taken that are not in the file: bounds the leader's memory
  std::int64_t oldest[kMaximum];  ///< of each range the oldest time, which is part of it
};

/// Stands in the place of the last range's oldest time, where the bound is that of the request.
inline constexpr std::int64_t kOldestOfAll = DT_NOBEGIN;

/// Begins a queue of which no range may be taken yet.
void begin_queue(RangeQueue& queue);
void allow_ahead(RangeQueue& queue, int ahead);

/// Adds the next older range. There may be kMaximum.
void add_range(RangeQueue& queue, std::int64_t oldest);

/// Says that there will be no more ranges.
void complete_queue(RangeQueue& queue);

/// Says that so many ranges are in the file.
void count_written(RangeQueue& queue, int written);

/// What take_range() returns where there is no range to take now, or ever.
inline constexpr int kNoRangeNow = -1;
inline constexpr int kNoRange = -2;

/// Takes a range and returns its place, from 0 on.
int take_range(RangeQueue& queue);

/// The same, but waits until there is one, or never will be.
int wait_for_range(RangeQueue& queue);

}  // namespace export_leads
