// Swaps the lists of policies in the relation cache, which is this process's own.
#include "pg/hidden_policies.hpp"

namespace export_leads {
namespace {

bool takes_part(const RowSecurityPolicy* policy, const TableConditions& conditions) {
  if (equal(policy->qual, conditions.own)) return true;
  ListCell* cell = nullptr;
  foreach (cell, conditions.obeyed)
    if (equal(policy->qual, lfirst(cell))) return true;
  return false;
}

List* policies_taking_part(const List* policies, const TableConditions& conditions) {
  List* taking_part = NIL;
  ListCell* cell = nullptr;
  foreach (cell, policies)
    if (takes_part(static_cast<const RowSecurityPolicy*>(lfirst(cell)), conditions))
      taking_part = lappend(taking_part, lfirst(cell));
  return taking_part;
}

}  // namespace

HiddenPolicies hide_policies(const Configuration& configuration,
                             const TenantConditions& conditions) {
  HiddenPolicies hidden{};
  // Nothing may raise an error once the first list is swapped.
  for (int i = 0; i < kTableCount; ++i) {
    Relation table = relation_open(configuration.tables[i], NoLock);
    hidden.tables[i] = table;
    if (table->rd_rsdesc == nullptr) continue;
    hidden.all[i] = table->rd_rsdesc->policies;
    hidden.left[i] = policies_taking_part(hidden.all[i], conditions.of[i]);
  }
  for (int i = 0; i < kTableCount; ++i)
    if (hidden.left[i] != NIL) hidden.tables[i]->rd_rsdesc->policies = hidden.left[i];
  return hidden;
}

void show_policies(const HiddenPolicies& hidden) {
  for (int i = 0; i < kTableCount; ++i) {
    RowSecurityDesc* policies = hidden.tables[i]->rd_rsdesc;
    // What was loaded again has a list of its own, and the former one is gone.
    if (policies != nullptr && hidden.left[i] != NIL && policies->policies == hidden.left[i])
      policies->policies = hidden.all[i];
  }
  for (Relation table : hidden.tables) relation_close(table, NoLock);
}

}  // namespace export_leads
