// Replaces the tables' policies in the relation cache, which belongs to this process alone, while a
// query is rewritten, and restores them afterwards.
#include "pg/guard/ignored_policies.hpp"

namespace export_leads {
namespace {

// A table's policies before and after the replacement; `left` is nullptr where nothing is replaced.
struct Policies {
  Relation table;
  RowSecurityDesc* all;
  RowSecurityDesc* left;
};
struct HiddenPolicies {
  Policies of[kTableCount];
};
static_assert(std::is_trivially_destructible_v<HiddenPolicies>);

bool takes_part(const RowSecurityPolicy* policy, const TableConditions& conditions) {
  if (equal(policy->qual, conditions.own)) return true;
  ListCell* cell = nullptr;
  foreach (cell, conditions.obeyed)
    if (equal(policy->qual, lfirst(cell))) return true;
  return false;
}

RowSecurityPolicy* copy_policy(const RowSecurityPolicy* policy) {
  auto* copy = static_cast<RowSecurityPolicy*>(palloc(sizeof(RowSecurityPolicy)));
  *copy = *policy;
  copy->policy_name = pstrdup(policy->policy_name);
  copy->roles = DatumGetArrayTypePCopy(PointerGetDatum(policy->roles));
  copy->qual = static_cast<Expr*>(copyObjectImpl(policy->qual));
  copy->with_check_qual = static_cast<Expr*>(copyObjectImpl(policy->with_check_qual));
  return copy;
}

// The policies that take part in an export, copied into the current memory context; nullptr where
// all of them do. While the query is rewritten, PostgreSQL may reload the table into its relation
// cache and then frees `rscxt`. That must not free what the rewriter is reading, so `rscxt` is an
// empty memory context of its own.
RowSecurityDesc* participants(const RowSecurityDesc* all, const TableConditions& conditions) {
  List* policies = NIL;
  ListCell* cell = nullptr;
  foreach (cell, all->policies) {
    const auto* policy = static_cast<const RowSecurityPolicy*>(lfirst(cell));
    if (takes_part(policy, conditions)) policies = lappend(policies, copy_policy(policy));
  }
  if (list_length(policies) == list_length(all->policies)) return nullptr;
  auto* left = static_cast<RowSecurityDesc*>(palloc0(sizeof(RowSecurityDesc)));
  left->rscxt =
      AllocSetContextCreate(CacheMemoryContext, "export_leads policies", ALLOCSET_SMALL_SIZES);
  left->policies = policies;
  return left;
}

// Opening a table may make the cache reload others, so all tables are opened and all copies made
// before anything is replaced. The replacement itself cannot fail.
HiddenPolicies hide_policies(const Configuration& configuration,
                             const TenantConditions& conditions) {
  HiddenPolicies hidden{};
  for (int i = 0; i < kTableCount; ++i)
    if (OidIsValid(configuration.tables[i]))
      hidden.of[i].table = relation_open(configuration.tables[i], NoLock);
  for (int i = 0; i < kTableCount; ++i) {
    Policies& policies = hidden.of[i];
    if (policies.table == nullptr || policies.table->rd_rsdesc == nullptr) continue;
    policies.all = policies.table->rd_rsdesc;
    policies.left = participants(policies.all, conditions.of[i]);
  }
  for (const Policies& policies : hidden.of)
    if (policies.left != nullptr) policies.table->rd_rsdesc = policies.left;
  return hidden;
}

// Restores the policies. A table that was reloaded meanwhile has new policies already; then nothing
// refers to the old ones any more, and their memory is freed here.
void show_policies(const HiddenPolicies& hidden) {
  for (const Policies& policies : hidden.of) {
    if (policies.left != nullptr && policies.table->rd_rsdesc == policies.left) {
      policies.table->rd_rsdesc = policies.all;
      MemoryContextDelete(policies.left->rscxt);
    } else if (policies.left != nullptr) {
      MemoryContextDelete(policies.all->rscxt);
    }
    if (policies.table != nullptr) relation_close(policies.table, NoLock);
  }
}

}  // namespace

List* rewrite_without_ignored_policies(Query* query, const Configuration& configuration,
                                       const TenantConditions& conditions) {
  List* volatile queries = NIL;
  const HiddenPolicies hidden = hide_policies(configuration, conditions);
  PG_TRY();
  { queries = pg_rewrite_query(query); }
  PG_CATCH();
  {
    show_policies(hidden);
    PG_RE_THROW();
  }
  PG_END_TRY();
  show_policies(hidden);
  return queries;
}

}  // namespace export_leads
