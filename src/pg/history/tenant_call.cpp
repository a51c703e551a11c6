// The sequence of a call for a tenant. It is that of an export up to the sandbox, in which it may
// write.
#include "pg/history/tenant_call.hpp"

#include "pg/citus/routing.hpp"
#include "pg/guard/policy.hpp"
#include "pg/guard/tenant_guard.hpp"
#include "pg/history/twin.hpp"

namespace export_leads {
namespace {

// What the reader may not do or does not find, set-up has not given it, or no longer.
void blame_setup(void* hint) {
  const int code = geterrcode();
  if (ERRCODE_TO_CATEGORY(code) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION &&
      code != ERRCODE_INVALID_SCHEMA_NAME)
    return;
  errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
  errhint("%s", static_cast<const char*>(hint));
}

struct TenantTable {
  const char* name;
  bool is_part_of_export;
};
constexpr TenantTable kTenantTables[] = {{"export_leads_exports", false},
                                         {"export_leads_pieces", true},
                                         {"export_leads_schedules", false},
                                         {"export_leads_deliveries", true}};

// Whether the foreign key of set-up is there.
bool belongs_to_export(Relation table, Oid extension_schema) {
  const Oid exports = get_relname_relid("export_leads_exports", extension_schema);
  ListCell* cell = nullptr;
  foreach (cell, RelationGetFKeyList(table))
    if (static_cast<const ForeignKeyCacheInfo*>(lfirst(cell))->confrelid == exports) return true;
  return false;
}

// Without its policy, or with another in its place, row security would show the reader an empty
// table, in silence: as after a restore, since pg_dump leaves out the policies of an extension's
// tables.
// Without its foreign key, rows would lose the export that they belong to.
void require_set_up(Oid extension_schema, const TenantTable& tenant_table, Oid reader) {
  const auto [name, is_part_of_export] = tenant_table;
  Relation table = table_open(get_relname_relid(name, extension_schema), AccessShareLock);
  const bool is_set_up = has_own_tenant_policy(table, extension_schema, reader) &&
                         (!is_part_of_export || belongs_to_export(table, extension_schema));
  table_close(table, NoLock);
  if (!is_set_up)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("table \"%s\" is not set up for exports that are kept", name),
                    errhint("Run set-up again: %s", run_setup())));
}

}  // namespace

void require_history_here() {
  if (is_coordinator()) return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("kept exports and schedules are on the coordinator of Citus"),
                  errhint("Connect to it, or export without keeping the file.")));
}

void begin_tenant_call(TenantCall& call, Oid extension_schema, const char* tenant,
                       Oid on_behalf_of) {
  require_own_schema(extension_schema);
  require_history_here();
  call.setup = open_complete_setup(extension_schema, {});
  call.tenant = read_tenant(call.setup.configuration, tenant);
  (void)check_caller(call.setup.configuration, extension_schema, call.setup.reader,
                     {on_behalf_of, SessionTenant::ask}, call.tenant);
  set_caller(GetUserNameFromId(OidIsValid(on_behalf_of) ? on_behalf_of : GetUserId(), false));
  call.blaming = {error_context_stack, blame_setup,
                  const_cast<char*>(psprintf("Run set-up again: %s", run_setup()))};
  call.sandbox = enter_sandbox(call.setup.reader);
  error_context_stack = &call.blaming;
  pin_time_zone(call.setup.configuration.user_time_zone());
  for (const TenantTable& table : kTenantTables)
    require_set_up(extension_schema, table, call.setup.reader);
  set_tenant(call.tenant.text);
  // The sandbox of an export is read-only; here our own code writes, where the transaction may.
  XactReadOnly = call.sandbox.was_read_only;
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
}

void end_tenant_call(TenantCall& call) {
  PopActiveSnapshot();
  error_context_stack = call.blaming.previous;
  XactReadOnly = true;  // as leave_sandbox() expects it
  leave_sandbox(call.sandbox);
  set_tenant(nullptr);
  close_setup(call.setup);
}

}  // namespace export_leads
