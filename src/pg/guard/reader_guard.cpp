// Looks up the reader, its memberships and what it owns in the catalogs.
#include "pg/guard/reader_guard.hpp"

#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/snapshot_age.hpp"
#include "pg/setup/reader_role.hpp"

namespace export_leads {
namespace {

void inspect_memberships(Oid reader, FindingSink& sink) {
  CatCList* memberships = SearchSysCacheList1(AUTHMEMMEMROLE, ObjectIdGetDatum(reader));
  for (int i = 0; i < memberships->n_members; ++i) {
    auto* membership =
        reinterpret_cast<Form_pg_auth_members>(GETSTRUCT(&memberships->members[i]->tuple));
    const char* granted = GetUserNameFromId(membership->roleid, true);
    if (granted == nullptr) continue;  // the role, and with it the membership, was dropped just now
    granted = quote_identifier(granted);
    sink({"reader_member", kReaderRole,
          psprintf("role \"%s\" is a member of role \"%s\"", kReaderRole, granted),
          psprintf("REVOKE %s FROM %s%s CASCADE;", granted, kReaderRole, granted_by(membership))});
  }
  ReleaseSysCacheList(memberships);
}

// The owner of the database is a member of pg_database_owner, and policies may name that role.
void inspect_database_owner(Oid reader, FindingSink& sink) {
  HeapTuple row = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for database %u", MyDatabaseId);
  const auto* database = reinterpret_cast<Form_pg_database>(GETSTRUCT(row));
  const bool owns = database->datdba == reader;
  const char* name = quote_identifier(pstrdup(NameStr(database->datname)));
  ReleaseSysCache(row);
  if (owns)
    sink({"reader_owns", psprintf("database %s", name),
          psprintf("role \"%s\" owns the database", kReaderRole),
          psprintf("ALTER DATABASE %s OWNER TO CURRENT_USER;", name)});
}

bool is_cached_row_newer(int cache, Oid key, Snapshot snapshot) {
  HeapTuple row = SearchSysCache1(cache, ObjectIdGetDatum(key));
  if (!HeapTupleIsValid(row)) return true;
  const bool is_changed = is_newer(row, snapshot);
  ReleaseSysCache(row);
  return is_changed;
}

// Whether the reader was made a member of a role after the snapshot was taken, even if it no longer
// is one: while the snapshot is in use, PostgreSQL keeps the old catalog row.
bool was_member_since(Snapshot snapshot, Oid reader) {
  Relation memberships = table_open(AuthMemRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_auth_members_member, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(reader));
  SysScanDesc scan =
      systable_beginscan(memberships, AuthMemMemRoleIndexId, true, SnapshotAny, 1, &key);
  bool was_member = false;
  for (HeapTuple row; !was_member && HeapTupleIsValid(row = systable_getnext(scan));)
    was_member =
        is_newer(row, snapshot) && TransactionIdDidCommit(HeapTupleHeaderGetXmin(row->t_data));
  systable_endscan(scan);
  table_close(memberships, AccessShareLock);
  return was_member;
}

// Whether the reader became the owner of the database after the snapshot was taken, even if it no
// longer is. Other changes to the database do not matter.
bool owned_database_since(Snapshot snapshot, Oid reader) {
  Relation databases = table_open(DatabaseRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_database_oid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(MyDatabaseId));
  SysScanDesc scan = systable_beginscan(databases, DatabaseOidIndexId, true, SnapshotAny, 1, &key);
  bool owned = false;
  for (HeapTuple row; !owned && HeapTupleIsValid(row = systable_getnext(scan));)
    owned = reinterpret_cast<Form_pg_database>(GETSTRUCT(row))->datdba == reader &&
            is_newer(row, snapshot) && TransactionIdDidCommit(HeapTupleHeaderGetXmin(row->t_data));
  systable_endscan(scan);
  table_close(databases, AccessShareLock);
  return owned;
}

}  // namespace

bool inspect_reader(const Configuration& configuration, const LockedTables& tables, Oid reader,
                    FindingSink& sink) {
  HeapTuple row = SearchSysCache1(AUTHOID, ObjectIdGetDatum(reader));
  if (!HeapTupleIsValid(row)) {
    sink({"reader_missing", kReaderRole, psprintf("role \"%s\" does not exist", kReaderRole),
          run_setup()});
    return false;
  }
  const auto* role = reinterpret_cast<Form_pg_authid>(GETSTRUCT(row));
  const bool is_superuser = role->rolsuper;
  const bool bypasses = role->rolbypassrls;
  const bool logs_in = role->rolcanlogin;
  ReleaseSysCache(row);

  const int before = sink.count;
  if (is_superuser)
    sink({"reader_superuser", kReaderRole,
          psprintf("role \"%s\" is a superuser, whom row security does not bind", kReaderRole),
          psprintf("ALTER ROLE %s NOSUPERUSER;", kReaderRole)});
  if (bypasses)
    sink({"reader_bypasses", kReaderRole,
          psprintf("role \"%s\" bypasses row security", kReaderRole),
          psprintf("ALTER ROLE %s NOBYPASSRLS;", kReaderRole)});
  // Citus reads other nodes' rows in sessions of the role that reads.
  if (logs_in && configuration.is_any_in_shards())
    sink({"reader_logs_in", kReaderRole, psprintf("role \"%s\" may log in", kReaderRole),
          psprintf("ALTER ROLE %s NOLOGIN;", kReaderRole)});
  inspect_memberships(reader, sink);
  inspect_database_owner(reader, sink);
  for (Relation relation : tables.relations) {
    if (relation == nullptr || relation->rd_rel->relowner != reader) continue;
    const char* name = table_name(RelationGetRelid(relation));
    sink({"reader_owns", name, psprintf("role \"%s\" owns table \"%s\"", kReaderRole, name),
          nullptr, nullptr,
          "give it to the role that it belongs to with ALTER TABLE ... OWNER TO"});
  }
  return sink.count == before;
}

void check_reader_unchanged(Snapshot snapshot, const Configuration& configuration,
                            const LockedTables& tables, Oid reader) {
  FindingSink sink = raising_sink();
  (void)inspect_reader(configuration, tables, reader, sink);
  if (is_cached_row_newer(AUTHOID, reader, snapshot) || owned_database_since(snapshot, reader) ||
      was_member_since(snapshot, reader))
    raise_concurrent_change(psprintf("role \"%s\"", kReaderRole));
}

}  // namespace export_leads
