// Decides by the plans of an export whether to divide it, and by the leads' times where.
#include "core/csv/field.hpp"
#include "pg/export/division.hpp"

#include "pg/file/csv_writer.hpp"
#include "pg/query/receiver.hpp"

extern "C" {
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
}

namespace export_leads {
namespace {

// An export pays for a worker where it costs so many times the planner's parallel_setup_cost, and
// for another one where it costs four times as much. Measured: that is some 30,000 leads with the
// default settings.
constexpr Cost kCostOfWorker = 25;
constexpr Cost kCostOfNextWorker = 4;

constexpr double kRangesAtLeast = 16;
constexpr double kLeadsOfRange = 4096;

// So many ranges of one size are followed by larger ones: the planner may have expected few leads.
constexpr int kRangesOfOneSize = RangeQueue::kMaximum / 4;

bool may_run_in_worker(const InspectedQuery& query) {
  return query.is_nothing() || query.is_parallel_safe;
}

// Whether workers can read all tables of a plan in the leader's snapshot. Those of another server
// they would read in another one, and the session's own they cannot read.
bool are_tables_shared(const PlannedStmt* plan) {
  ListCell* cell = nullptr;
  foreach (cell, plan->rtable) {
    const auto* entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind == RTE_RELATION &&
        (entry->relkind == RELKIND_FOREIGN_TABLE ||
         get_rel_persistence(entry->relid) == RELPERSISTENCE_TEMP))
      return false;
  }
  return true;
}

bool are_printed_in_worker(const PlannedStmt* plan) {
  ListCell* cell = nullptr;
  foreach (cell, plan->planTree->targetlist) {
    Oid output = InvalidOid;
    bool is_varlena = false;
    const auto* column = lfirst_node(TargetEntry, cell);
    if (column->resjunk) continue;
    getTypeOutputInfo(exprType(reinterpret_cast<Node*>(column->expr)), &output, &is_varlena);
    if (func_parallel(output) != PROPARALLEL_SAFE) return false;
  }
  return true;
}

int affordable_workers(Cost cost) {
  const int most = Min(max_parallel_workers_per_gather, max_parallel_workers);
  int workers = 0;
  for (Cost price = kCostOfWorker * parallel_setup_cost; workers < most && cost >= price;
       price *= kCostOfNextWorker)
    ++workers;
  return workers;
}

bool is_divisible(const ReadyExport& ready, RecordWriter* writer) {
  const InspectedQueries& queries = ready.queries;
  const PlannedStmt* plan = ready.leads.plan;
  return is_csv(writer) && !IsInParallelMode() && may_run_in_worker(queries.status) &&
         may_run_in_worker(queries.lead_status) && may_run_in_worker(queries.per_lead) &&
         ready.leads.text.text == queries.per_lead.text.text && are_tables_shared(plan) &&
         are_printed_in_worker(plan);
}

// Whether an index returns the rows as they are wanted: without a sort. A Result may check once
// what is the same for all rows.
bool is_index_scan(const PlannedStmt* planned) {
  const Plan* plan = planned->planTree;
  if (IsA(plan, Result) && outerPlan(plan) != nullptr) plan = outerPlan(plan);
  return IsA(plan, IndexScan) || IsA(plan, IndexOnlyScan);
}

// Adds ranges to the queue from the times of the leads, newest first.
struct TimeReceiver {
  DestReceiver pub;
  const Tenant* tenant;
  RangeQueue* ranges;
  std::int64_t leads_of_range;
  std::int64_t leads;  // of the range that is not in the queue yet
  std::int64_t oldest;
  std::int64_t count;  // of all leads
  bool are_all_in_ranges;
};

bool time_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  auto& receiver = *reinterpret_cast<TimeReceiver*>(self);
  slot_getallattrs(slot);
  if (!receiver.tenant->key(Table::leads).matches(slot->tts_values[0], slot->tts_isnull[0]))
    raise_other_tenant();
  const std::int64_t time = slot->tts_isnull[1] ? DT_NOEND : DatumGetInt64(slot->tts_values[1]);
  receiver.are_all_in_ranges = time != DT_NOEND;
  if (receiver.leads >= receiver.leads_of_range && time != receiver.oldest &&
      receiver.ranges->added < RangeQueue::kMaximum - 1) {
    add_range(*receiver.ranges, receiver.oldest);
    receiver.leads = 0;
    if (receiver.ranges->added % kRangesOfOneSize == 0) receiver.leads_of_range *= 2;
  }
  receiver.oldest = time;
  ++receiver.leads;
  ++receiver.count;
  return receiver.are_all_in_ranges;  // false ends the query
}

}  // namespace

Division plan_division(const ReadyExport& ready, RecordWriter* writer) {
  const int workers = affordable_workers(estimated_cost(ready.leads.plan));
  if (workers == 0 || !is_divisible(ready, writer)) return {};
  InspectedQuery times = prepare_times(ready.planner);
  const PlannedQuery planned = plan_for_status(times, ready.status);
  if (!is_index_scan(planned.plan) || reads_unlocked(ready.setup.tables, planned.plan) ||
      !is_same_status(planned.text, ready.leads.text))
    return {};
  return {workers, planned};
}

std::int64_t divide(const ReadyExport& ready, const PlannedQuery& times, RangeQueue& ranges) {
  const double leads = ready.leads.plan->planTree->plan_rows;
  TimeReceiver receiver{};
  receiver.pub = make_receiver(time_receiver_receive);
  receiver.tenant = ready.planner.tenant;
  receiver.ranges = &ranges;
  receiver.leads_of_range = static_cast<std::int64_t>(
      Max(1, Max(Min(kLeadsOfRange, leads / kRangesAtLeast), leads * 2 / RangeQueue::kMaximum)));
  receiver.are_all_in_ranges = true;
  run_query(times, &receiver.pub);
  if (receiver.are_all_in_ranges) add_range(ranges, kOldestOfAll);
  complete_queue(ranges);
  return receiver.are_all_in_ranges ? receiver.count : kNotDivided;
}

}  // namespace export_leads
