// Switches to the owner of a table and back.
#include "pg/sandbox/table_owner.hpp"

namespace export_leads {

Oid own_table_owner(Oid table) {
  HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(row))
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation with OID %u does not exist", table)));
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->relowner;
  ReleaseSysCache(row);
  if (!has_privs_of_role(GetUserId(), owner))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("must be owner of table \"%s\"", get_rel_name(table))));
  return owner;
}

OwnerScope become_owner(Oid owner) {
  OwnerScope scope{};
  scope.guc_level = NewGUCNestLevel();
  (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                          GUC_ACTION_SAVE, true, 0, false);
  GetUserIdAndSecContext(&scope.user, &scope.security_context);
  SetUserIdAndSecContext(
      owner, scope.security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
  return scope;
}

void leave_owner(const OwnerScope& scope) {
  AtEOXact_GUC(false, scope.guc_level);
  SetUserIdAndSecContext(scope.user, scope.security_context);
}

}  // namespace export_leads
