// Our own condition with the tenant's value in it.
#pragma once

#include "pg/guard/policy.hpp"
#include "pg/guard/tenant.hpp"

namespace export_leads {

/// Puts the tenant's value into our own condition on each table, in the place of the subquery that
/// asks for it: see policy_condition(). The planner then sees that our condition and the query's
/// own are the same, so that the plan need not compare the two tenants before each look-up of a
/// call. Nothing else in the query changes, and conditions of the site that call
/// export_leads_tenant() still do. inspect_query() must have found nothing wrong with the query.
/// Raises XX000 where our condition is not the first one on a table.
void put_tenant(Query* query, const Configuration& configuration,
                const TenantConditions& conditions, const Tenant& tenant);

}  // namespace export_leads
