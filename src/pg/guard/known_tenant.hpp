// Our own condition with the tenant as a parameter in it.
#pragma once

#include "pg/guard/policy.hpp"
#include "pg/setup/configuration.hpp"

namespace export_leads {

/// The parameter of each query that holds the tenant in the type of a table.
constexpr int tenant_parameter(Table table) { return static_cast<int>(table) + 1; }

/// Puts the tenant's parameter into our own condition on each table, in the place of the subquery
/// that asks for it: see policy_condition(). The planner then sees that our condition and the
/// query's own are the same, so that the plan need not compare the two tenants before each look-up
/// of a call. Nothing else in the query changes, and conditions of the site that call
/// export_leads_tenant() still do. inspect_query() must have found nothing wrong with the query.
/// Raises XX000 where our condition is not the first one on a table.
void put_tenant(Query* query, const Configuration& configuration,
                const TenantConditions& conditions);

}  // namespace export_leads
