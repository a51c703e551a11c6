// Recognizes the joins of a plan that need no LIMIT, and changes them.
#include "pg/query/first_match.hpp"

namespace export_leads {
namespace {

bool is_one(const Node* count) {
  if (count == nullptr || !IsA(count, Const)) return false;
  const auto* value = reinterpret_cast<const Const*>(count);
  return !value->constisnull && DatumGetInt64(value->constvalue) == 1;
}

// Whether a plan reads an index and does nothing for rows that nobody asks for; a sort, for
// example, needs to be told that one row is enough. A Result decides whether to read at all.
bool is_index_scan(const Plan* plan) {
  while (plan != nullptr && IsA(plan, Result)) plan = plan->lefttree;
  return plan != nullptr && (IsA(plan, IndexScan) || IsA(plan, IndexOnlyScan));
}

// Whether a plan is the first row of an index scan. The LIMIT must stay where it is in charge of
// subqueries that are evaluated once.
bool is_first_of_index(const Plan* plan) {
  if (plan == nullptr || !IsA(plan, Limit)) return false;
  const auto* limit = reinterpret_cast<const Limit*>(plan);
  return limit->limitOption == LIMIT_OPTION_COUNT && limit->limitOffset == nullptr &&
         is_one(limit->limitCount) && plan->initPlan == NIL && is_index_scan(plan->lefttree);
}

// A nested loop whose inner side is unique goes on to the next outer row after the first inner row
// that passes its conditions. Without conditions that is the first row of all, as with LIMIT 1,
// which hands on the rows below it as they are.
void stop_in(Plan* plan) {
  if (plan == nullptr) return;
  if (IsA(plan, NestLoop)) {
    Join& join = reinterpret_cast<NestLoop*>(plan)->join;
    if (join.jointype == JOIN_LEFT && join.joinqual == NIL && plan->qual == NIL &&
        is_first_of_index(plan->righttree)) {
      join.inner_unique = true;
      plan->righttree = plan->righttree->lefttree;
    }
  }
  stop_in(plan->lefttree);
  stop_in(plan->righttree);
}

}  // namespace

void stop_at_first_match(PlannedStmt* plan) { stop_in(plan->planTree); }

}  // namespace export_leads
