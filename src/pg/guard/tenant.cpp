// Reads and prints tenants with the input and output functions of their types.
#include "pg/guard/tenant.hpp"

#include "pg/guard/finding.hpp"
#include "pg/setup/tenant_type.hpp"

namespace export_leads {
namespace {

char* print_key(const TenantKey& key) {
  Oid output = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(key.type, &output, &is_varlena);
  return OidOutputFunctionCall(output, key.value);
}

}  // namespace

void raise_other_tenant() {
  ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("an export met a row of another tenant"),
                  errhint("%s", see_check())));
  pg_unreachable();
}

TenantKey read_key(Oid type, const char* text) {
  TenantKey key{};
  key.type = type;
  get_typlenbyval(type, &key.length, &key.by_value);
  Oid input = InvalidOid;
  Oid parameter = InvalidOid;
  getTypeInputInfo(type, &input, &parameter);
  key.value = OidInputFunctionCall(input, const_cast<char*>(text), parameter, -1);
  return key;
}

Tenant read_tenant(const Configuration& configuration, const char* text) {
  Tenant tenant{};
  tenant.text = text;
  for (const Table table : kTables) {
    const char* column = configuration.source(tenant_field(table));
    if (column == nullptr) continue;  // these rows belong to every tenant
    const Oid type = tenant_type(configuration.table(table), column);
    if (!OidIsValid(type)) elog(ERROR, "column \"%s\" cannot tell tenants apart", column);
    TenantKey& key = tenant.keys[static_cast<int>(table)];
    key = read_key(type, tenant.text);
    // The leads come first: what their type prints is what the other tables' types read. Both take
    // the same text for the same tenant: see tells_alike().
    if (table == Table::leads) tenant.text = print_key(key);
  }
  return tenant;
}

}  // namespace export_leads
