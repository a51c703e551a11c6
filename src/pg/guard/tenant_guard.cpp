// Compares tenants as values of the leads' tenant type, and looks up grants by the primary key.
#include "pg/guard/tenant_guard.hpp"

#include "pg/guard/finding.hpp"
#include "pg/guard/session_tenant.hpp"

extern "C" {
#include "utils/fmgroids.h"
}

namespace export_leads {
namespace {

[[noreturn]] void refuse(const char* hint) {
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("permission denied for this tenant"), errhint("%s", hint)));
  pg_unreachable();
}

// Superusers have the privileges of every role; for them only roles they are members of count.
bool acts_as(Oid caller, Oid role) {
  return superuser_arg(caller) ? is_member_of_role_nosuper(caller, role)
                               : has_privs_of_role(caller, role);
}

// Says in a hint where the session's tenant comes from.
const char* session_source(const TenantRules& rules) {
  return rules.session_tenant != nullptr
             ? "what the expression says that export_leads_setup() was given as session_tenant"
             : psprintf("in the setting \"%s\"", rules.session_setting);
}

// Whether the session has the tenant; refuses one that has another.
bool has_session_tenant(const TenantRules& rules, Oid reader, SessionTenant asked,
                        const TenantKey& key) {
  if (asked != SessionTenant::ask) return asked == SessionTenant::same;
  TenantKey session{};
  if (!read_session_tenant(rules, reader, key.type, &session)) return false;
  if (!session.matches(key.value, false))
    refuse(psprintf("The session's tenant is %s.", session_source(rules)));
  return true;
}

bool check_session(const TenantRules& rules, Oid reader, Oid caller, SessionTenant asked,
                   const TenantKey& key) {
  if (rules.session_setting == nullptr && rules.session_tenant == nullptr) return false;
  if (has_session_tenant(rules, reader, asked, key)) return true;
  const bool is_exempt =
      OidIsValid(rules.session_administrators) && acts_as(caller, rules.session_administrators);
  if (rules.session_required && !is_exempt)
    refuse(rules.session_tenant != nullptr
               ? psprintf("The session has no tenant, which is %s.", session_source(rules))
               : psprintf("The session has no tenant: set \"%s\" first.", rules.session_setting));
  return false;
}

bool has_grant(Oid extension_schema, Oid caller, const char* tenant) {
  const Oid table = get_relname_relid("export_leads_grants", extension_schema);
  if (!OidIsValid(table) || get_rel_relkind(table) != RELKIND_RELATION) return false;
  Relation grants = table_open(table, AccessShareLock);
  ScanKeyData key;
  // The column's collation is "C", and so is the scan key's.
  ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(tenant));
  const Oid index = get_relname_relid("export_leads_grants_pkey", extension_schema);
  SysScanDesc scan = systable_beginscan(grants, index, OidIsValid(index), nullptr, 1, &key);
  bool is_granted = false;
  for (HeapTuple row; !is_granted && HeapTupleIsValid(row = systable_getnext(scan));) {
    bool is_null = false;
    const Datum grantee = heap_getattr(row, 2, RelationGetDescr(grants), &is_null);
    const Oid role = is_null ? InvalidOid : get_role_oid(TextDatumGetCString(grantee), true);
    is_granted = OidIsValid(role) && acts_as(caller, role);
  }
  systable_endscan(scan);
  table_close(grants, AccessShareLock);
  return is_granted;
}

}  // namespace

bool check_caller(const Configuration& configuration, Oid extension_schema, Oid reader,
                  const Caller& caller, const Tenant& tenant) {
  const TenantRules& rules = configuration.rules;
  const bool is_for_other = OidIsValid(caller.on_behalf_of);
  const Oid role = is_for_other ? caller.on_behalf_of : GetUserId();
  const bool has_session =
      !is_for_other && check_session(rules, reader, role, caller.session, tenant.key(Table::leads));
  const bool is_exempt = !rules.grants_required || (rules.superusers_exempt && superuser_arg(role));
  if (!is_exempt && !has_grant(extension_schema, role, tenant.text))
    refuse(psprintf("Exports need a grant here: SELECT %s.",
                    own_call("export_leads_grant(role, tenant)")));
  return has_session;
}

}  // namespace export_leads
