// Takes idle policies out of the relation cache, which is this process's own, and puts them back.
#include "pg/idle_policies.hpp"

extern "C" {
#include "utils/resowner.h"
}

namespace export_leads {
namespace {

// The policies of the three tables, and those of them that are left; NIL where a table's stay as
// they are.
struct HiddenPolicies {
  Relation tables[kTableCount];
  List* all[kTableCount];
  List* left[kTableCount];
  bool read_tables;  ///< whether some that are not left do
};
static_assert(std::is_trivially_destructible_v<HiddenPolicies>);

bool takes_part(const RowSecurityPolicy* policy, const TableConditions& conditions) {
  if (equal(policy->qual, conditions.own)) return true;
  ListCell* cell = nullptr;
  foreach (cell, conditions.obeyed)
    if (equal(policy->qual, lfirst(cell))) return true;
  return false;
}

// Opening a table may load others again: the lists are looked at when all are open. Nothing may
// raise an error once the first one is swapped.
HiddenPolicies hide_policies(const Configuration& configuration,
                             const TenantConditions& conditions) {
  HiddenPolicies hidden{};
  for (int i = 0; i < kTableCount; ++i)
    hidden.tables[i] = relation_open(configuration.tables[i], NoLock);
  for (int i = 0; i < kTableCount; ++i) {
    const RowSecurityDesc* policies = hidden.tables[i]->rd_rsdesc;
    if (policies == nullptr) continue;
    hidden.all[i] = policies->policies;
    ListCell* cell = nullptr;
    foreach (cell, hidden.all[i]) {
      auto* policy = static_cast<RowSecurityPolicy*>(lfirst(cell));
      if (takes_part(policy, conditions.of[i]))
        hidden.left[i] = lappend(hidden.left[i], policy);
      else
        hidden.read_tables |= policy->hassublinks;
    }
  }
  for (int i = 0; i < kTableCount; ++i)
    if (hidden.left[i] != NIL) hidden.tables[i]->rd_rsdesc->policies = hidden.left[i];
  return hidden;
}

// Returns whether they were hidden all the time: a table that was loaded again has a list of its
// own, with all of its policies, and the former one is gone.
bool show_policies(const HiddenPolicies& hidden) {
  bool were_hidden = true;
  for (int i = 0; i < kTableCount; ++i) {
    RowSecurityDesc* policies = hidden.tables[i]->rd_rsdesc;
    if (hidden.left[i] == NIL) continue;
    if (policies != nullptr && policies->policies == hidden.left[i])
      policies->policies = hidden.all[i];
    else
      were_hidden = false;
  }
  for (Relation table : hidden.tables) relation_close(table, NoLock);
  return were_hidden;
}

struct Rewriting {
  List* queries;
  ErrorData* error;  ///< nullptr for none
};

// In a subtransaction, which is what it takes to go on after an error.
Rewriting rewrite_or_catch(Query* query) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  List* volatile queries = NIL;
  ErrorData* volatile error = nullptr;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  PG_TRY();
  {
    queries = pg_rewrite_query(query);
    ReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(memory);
    error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
  }
  PG_END_TRY();
  MemoryContextSwitchTo(memory);
  CurrentResourceOwner = owner;
  return {queries, error};
}

List* rewrite_once(Query* query, const HiddenPolicies& hidden) {
  List* queries = NIL;
  PG_TRY();
  { queries = pg_rewrite_query(query); }
  PG_CATCH();
  {
    (void)show_policies(hidden);
    PG_RE_THROW();
  }
  PG_END_TRY();
  (void)show_policies(hidden);
  return queries;
}

// What policies that read their own table end in; an export says that its set-up is to blame.
bool is_endless_recursion(const ErrorData* error) {
  return error->sqlerrcode == ERRCODE_INVALID_OBJECT_DEFINITION ||
         error->sqlerrcode == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
}

// How often a table may be loaded again at the wrong moment.
constexpr int kAttempts = 100;

}  // namespace

List* rewrite_without_idle_policies(const Query* query, const Configuration& configuration,
                                    const TenantConditions& conditions) {
  for (int attempt = 1;; ++attempt) {
    auto* copy = static_cast<Query*>(copyObjectImpl(query));
    const HiddenPolicies hidden = hide_policies(configuration, conditions);
    // What reads no table can do no harm where it is seen.
    if (!hidden.read_tables) return rewrite_once(copy, hidden);
    const Rewriting rewriting = rewrite_or_catch(copy);
    const bool were_hidden = show_policies(hidden);
    if (rewriting.error == nullptr) return rewriting.queries;
    if (were_hidden || !is_endless_recursion(rewriting.error) || attempt == kAttempts)
      ReThrowError(rewriting.error);
    CHECK_FOR_INTERRUPTS();
  }
}

}  // namespace export_leads
