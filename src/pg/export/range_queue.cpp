// A spinlock guards a few counters; whoever waits is woken by each change.
#include "pg/export/range_queue.hpp"

extern "C" {
#include "utils/wait_event.h"
}

namespace export_leads {
namespace {

// Calls `change` under the lock, then wakes whoever waits.
template <typename Change>
void change_queue(RangeQueue& queue, Change change) {
  SpinLockAcquire(&queue.mutex);
  change();
  SpinLockRelease(&queue.mutex);
  ConditionVariableBroadcast(&queue.changed);
}

}  // namespace

void begin_queue(RangeQueue& queue) {
  queue = {};
  SpinLockInit(&queue.mutex);
  ConditionVariableInit(&queue.changed);
}

void allow_ahead(RangeQueue& queue, int ahead) {
  change_queue(queue, [&] { queue.ahead = ahead; });
}

void add_range(RangeQueue& queue, std::int64_t oldest) {
  Assert(queue.added < RangeQueue::kMaximum);
  change_queue(queue, [&] { queue.oldest[queue.added++] = oldest; });
}

void complete_queue(RangeQueue& queue) {
  change_queue(queue, [&] { queue.is_complete = true; });
}

void count_written(RangeQueue& queue, int written) {
  change_queue(queue, [&] { queue.written = written; });
}

int take_range(RangeQueue& queue) {
  SpinLockAcquire(&queue.mutex);
  int range = queue.is_complete ? kNoRange : kNoRangeNow;
  if (queue.taken < queue.added)
    range = queue.taken < queue.written + queue.ahead ? queue.taken++ : kNoRangeNow;
  SpinLockRelease(&queue.mutex);
  return range;
}

int wait_for_range(RangeQueue& queue) {
  int range = take_range(queue);
  while (range == kNoRangeNow) {
    ConditionVariableSleep(&queue.changed, PG_WAIT_EXTENSION);
    range = take_range(queue);
  }
  ConditionVariableCancelSleep();
  return range;
}

}  // namespace export_leads
