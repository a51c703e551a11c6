// The tenant of an export, in the form that each of the three tables stores it.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// A tenant as a value of one table's tenant column.
struct TenantKey {
  Oid type;
  Datum value;
  std::int16_t length;
  bool by_value;

  /// Whether a row's tenant is this one.
  bool matches(Datum tenant, bool is_null) const {
    return !is_null && datum_image_eq(value, tenant, by_value, length);
  }
};

struct Tenant {
  const char* text;  ///< as the leads' type prints it; export_leads_tenant() returns this
  TenantKey keys[kTableCount];

  const TenantKey& key(Table table) const { return keys[static_cast<int>(table)]; }
};
static_assert(std::is_trivially_destructible_v<Tenant>);

/// Raises XX000: a row of another tenant got past row security and past the query's own conditions.
[[noreturn]] void raise_other_tenant();

/// Reads a tenant as a value of one of tenant_type()'s types. Raises the errors of the type's input
/// function.
TenantKey read_key(Oid type, const char* text);

/// Reads a tenant with the input function of each table's tenant column (of its base type, without
/// a type modifier). Raises that function's errors. inspect_table() and inspect_tenant_types() must
/// have found nothing wrong with the columns.
Tenant read_tenant(const Configuration& configuration, const char* text);

}  // namespace export_leads
