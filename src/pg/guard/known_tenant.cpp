// Changes our own condition in an inspected query, and nothing else.
#include "pg/guard/known_tenant.hpp"

#include "pg/guard/guarded_query.hpp"
#include "pg/sandbox/query_walk.hpp"

namespace export_leads {
namespace {

struct KnownTenant {
  const Configuration& configuration;
  const TenantConditions& conditions;
};

// The comparison of a row's tenant in our own condition: see policy_condition(). nullptr where the
// rows belong to every tenant.
OpExpr* comparison_in(Node* own) {
  Node* first =
      is_orclause(own) ? static_cast<Node*>(linitial(reinterpret_cast<BoolExpr*>(own)->args)) : own;
  return IsA(first, OpExpr) ? castNode(OpExpr, first) : nullptr;
}

void put_tenant_on(const Query*, int index, RangeTblEntry* entry, void* state) {
  const auto* known = static_cast<const KnownTenant*>(state);
  for (const Table table : kTables) {
    if (known->configuration.table(table) != entry->relid) continue;
    const auto& [own, obeyed, exempting, in_shards] = known->conditions.of[static_cast<int>(table)];
    auto* condition =
        entry->securityQuals == NIL ? nullptr : static_cast<Node*>(linitial(entry->securityQuals));
    if (!equal(condition, condition_in_query(own, index)))
      elog(ERROR, "our condition is not the first on table %u", entry->relid);
    OpExpr* comparison = comparison_in(condition);
    if (comparison == nullptr) return;
    auto* asked = static_cast<Node*>(lsecond(comparison->args));
    if (IsA(asked, SubLink) == in_shards || IsA(asked, Param))
      elog(ERROR, "our condition on table %u does not ask for the tenant", entry->relid);
    Param* tenant = makeNode(Param);
    tenant->paramkind = PARAM_EXTERN;
    tenant->paramid = tenant_parameter(table);
    tenant->paramtype = exprType(asked);
    tenant->paramtypmod = -1;
    tenant->paramcollid = exprCollation(asked);
    tenant->location = -1;
    lsecond(comparison->args) = tenant;
    return;
  }
}

}  // namespace

void put_tenant(Query* query, const Configuration& configuration,
                const TenantConditions& conditions) {
  KnownTenant known{configuration, conditions};
  visit_tables(reinterpret_cast<Node*>(query), put_tenant_on, &known);
}

}  // namespace export_leads
