// Looks the tables, the reader and its grants up in the catalogs.
#include "pg/setup_guard.hpp"

#include "pg/sandbox.hpp"
#include "pg/snapshot_age.hpp"
#include "pg/status_type.hpp"
#include "pg/table_identity.hpp"

extern "C" {
Datum export_leads_tenant(PG_FUNCTION_ARGS);
}

namespace export_leads {
namespace {

bool is_table(Relation relation) {
  return relation->rd_rel->relkind == RELKIND_RELATION ||
         relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

// Citus reads a distributed table's rows in sessions of other servers, where this backend's tenant
// is not known: every export would be empty. Its catalog's first column is the table.
bool is_distributed(Oid table) {
  const Oid catalog = get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE);
  if (!OidIsValid(catalog)) return false;
  Relation relation = table_open(catalog, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 1, &key);
  const bool found = HeapTupleIsValid(systable_getnext(scan));
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
  return found;
}

// Returns whether the table is a whole, and what the name says under which set-up found it.
bool inspect_identity(const Configuration& configuration, Table which, FindingSink& sink) {
  const int i = static_cast<int>(which);
  const Oid table = configuration.table(which);
  const char* name = table_name(table);
  const Oid whole = whole_table(table);
  const Oid now = configuration.names[i] == nullptr
                      ? whole
                      : successor_of(table, configuration.schemas[i], configuration.names[i]);
  if (now == table) return true;
  const char kind = get_rel_relkind(now);
  const bool is_known = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
  const char* remediation = run_setup(psprintf(
      "%s => %s", kTableNames[i], is_known ? quote_literal_cstr(table_name(now)) : "'...'"));
  if (whole != table)
    sink({"table_is_part", name,
          psprintf("table \"%s\", which holds the %s, is a part of table \"%s\"", name,
                   kTableNames[i], table_name(whole)),
          remediation});
  else
    sink({"table_replaced", name,
          psprintf("the %s are in table \"%s\", but \"%s\" is another table now", kTableNames[i],
                   name,
                   quote_qualified_identifier(configuration.schemas[i], configuration.names[i])),
          remediation});
  return false;
}

// Returns whether a mapped column is there, and is the one that its former name says; which of two
// is meant nobody should guess.
bool inspect_mapped_column(const Configuration& configuration, const FieldRule& rule,
                           const char* column, const char* replaced, FindingSink& sink) {
  const char* table = table_name(configuration.table(rule.table));
  const char* remediation = run_setup(psprintf("%s => '...'", rule.name));
  if (get_attnum(configuration.table(rule.table), column) <= InvalidAttrNumber) {
    sink({"column_missing", table,
          psprintf("column \"%s\" of table \"%s\" does not exist", column, table), remediation});
    return false;
  }
  if (replaced == nullptr) return true;
  const char* detail =
      std::strcmp(column, replaced) == 0
          ? psprintf(
                "the column of table \"%s\" that holds \"%s\" is gone, and \"%s\" is "
                "another one",
                table, rule.name, replaced)
          : psprintf(
                "\"%s\" is in column \"%s\" of table \"%s\", but \"%s\" is another column "
                "now",
                rule.name, column, table, replaced);
  sink({"column_replaced", table, detail, remediation});
  return false;
}

// Returns whether every mapped column is there.
bool inspect_columns(const Configuration& configuration, Table which, FindingSink& sink) {
  bool is_whole = true;
  for (const FieldRule& rule : kFields) {
    const char* column = configuration.source(rule.field);
    if (rule.table != which || rule.field == Field::full_name || column == nullptr) continue;
    is_whole &= inspect_mapped_column(configuration, rule, column,
                                      configuration.replaced[static_cast<int>(rule.field)], sink);
  }
  if (which == Table::leads && !configuration.full_name_given)
    for (int i = 0; i < kNamePartCount; ++i)
      if (configuration.name_parts[i] != nullptr)
        is_whole &= inspect_mapped_column(
            configuration, kFields[static_cast<int>(Field::full_name)], configuration.name_parts[i],
            configuration.replaced_parts[i], sink);
  return is_whole;
}

// A schema the reader cannot look into hides every table in it.
void inspect_schema_grant(Oid schema, Oid reader, FindingSink& sink) {
  if (has_schema_usage(schema, reader)) return;
  const char* name = quote_identifier(get_namespace_name(schema));
  sink({"grant_missing", name,
        psprintf("role \"%s\" has no USAGE on schema \"%s\"", kReaderRole, name),
        psprintf("GRANT USAGE ON SCHEMA %s TO %s;", name, kReaderRole)});
}

Oid tenant_function(Oid schema) {
  return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("export_leads_tenant"),
                         PointerGetDatum(buildoidvector(nullptr, 0)), ObjectIdGetDatum(schema));
}

// What follows the name of the function in CREATE FUNCTION. Not CREATE EXTENSION: that would lose
// what was decided and granted.
constexpr const char* kTenantFunctionBody =
    "RETURNS pg_catalog.text LANGUAGE C STABLE PARALLEL RESTRICTED AS '$libdir/export_leads', "
    "'export_leads_tenant';";

void inspect_tenant_function(Oid schema, Oid reader, FindingSink& sink) {
  const Oid function = tenant_function(schema);
  const char* object =
      psprintf("%s.export_leads_tenant()", quote_identifier(get_namespace_name(schema)));
  if (!OidIsValid(function)) {
    sink({"function_missing", object, psprintf("function %s does not exist", object),
          psprintf("CREATE FUNCTION %s %s REVOKE ALL ON FUNCTION %s FROM PUBLIC; ALTER EXTENSION "
                   "export_leads ADD FUNCTION %s; %s",
                   object, kTenantFunctionBody, object, object, run_setup())});
    return;
  }
  if (!has_function_execute(function, reader))
    sink({"grant_missing", object,
          psprintf("role \"%s\" has no EXECUTE on function %s", kReaderRole, object),
          psprintf("GRANT EXECUTE ON FUNCTION %s TO %s;", object, kReaderRole)});
  FmgrInfo called;
  fmgr_info(function, &called);
  if (called.fn_addr != export_leads_tenant)
    sink({"function_altered", object,
          psprintf("function %s is not the one that CREATE EXTENSION made", object),
          psprintf("CREATE OR REPLACE FUNCTION %s %s", object, kTenantFunctionBody)});
  if (func_parallel(function) == PROPARALLEL_SAFE)
    sink({"function_altered", object,
          psprintf(
              "function %s is marked PARALLEL SAFE, but parallel workers do not know the tenant",
              object),
          psprintf("ALTER FUNCTION %s PARALLEL RESTRICTED;", object)});
}

bool inspect_tenant_column(const Configuration& configuration, Table which, FindingSink& sink) {
  const Field field = tenant_field(which);
  const Oid table = configuration.table(which);
  if (configuration.source(field) == nullptr) return true;
  if (OidIsValid(tenant_type(table, configuration.source(field)))) return true;
  sink({"tenant_type", table_name(table),
        psprintf("the type of column \"%s\" of table \"%s\" cannot tell tenants apart",
                 configuration.source(field), table_name(table)),
        run_setup(psprintf("%s => '...'", kFields[static_cast<int>(field)].name))});
  return false;
}

// The bounds of a range are passed as the column's type, and the latest call is by time.
bool inspect_time_column(const Configuration& configuration, Table which, FindingSink& sink) {
  bool is_time = true;
  for (const Field field : {Field::lead_created_at, Field::call_created_at}) {
    const FieldRule& rule = kFields[static_cast<int>(field)];
    if (rule.table != which) continue;
    const Oid table = configuration.table(which);
    const char* column = configuration.source(field);
    const Oid type = getBaseType(get_atttype(table, get_attnum(table, column)));
    if (type == TIMESTAMPOID || type == TIMESTAMPTZOID) continue;
    is_time = false;
    sink({"time_type", table_name(table),
          psprintf("column \"%s\" of table \"%s\" is not a timestamp", column, table_name(table)),
          run_setup(psprintf("%s => '...'", rule.name))});
  }
  return is_time;
}

constexpr Field kStatusFields[] = {Field::lead_status, Field::status_name, Field::status_key};

// Leads cannot hold the keys of statuses that are of a type with other values.
bool inspect_status_families(const Configuration& configuration, FindingSink& sink) {
  const char* key = configuration.source(Field::status_key);
  const Oid statuses = configuration.table(Table::statuses);
  const char* in_statuses = key == nullptr ? nullptr : status_family(statuses, key);
  const char* in_leads =
      status_family(configuration.table(Table::leads), configuration.source(Field::lead_status));
  if (in_statuses == nullptr || in_leads == nullptr || std::strcmp(in_statuses, in_leads) == 0)
    return true;
  sink({"status_type", table_name(statuses),
        psprintf("column \"%s\" of table \"%s\" cannot be the key that column \"%s\" of the leads "
                 "holds: their types have other values",
                 key, table_name(statuses), configuration.source(Field::lead_status)),
        run_setup("status_key => '...'")});
  return false;
}

// A status is looked up by its name, and leads by what they name it.
bool inspect_status_columns(const Configuration& configuration, Table which, FindingSink& sink) {
  bool is_status = true;
  for (const Field field : kStatusFields) {
    const FieldRule& rule = kFields[static_cast<int>(field)];
    const char* column = configuration.source(field);
    const Oid table = configuration.table(which);
    if (rule.table != which || column == nullptr || OidIsValid(status_type(table, column)))
      continue;
    is_status = false;
    sink({"status_type", table_name(table),
          psprintf("the type of column \"%s\" of table \"%s\" cannot hold the name of a status",
                   column, table_name(table)),
          run_setup(psprintf("%s => '...'", rule.name))});
  }
  if (which == Table::statuses && is_status)
    is_status = inspect_status_families(configuration, sink);
  return is_status;
}

// The schemas that comparing a table's statuses needs.
List* status_schemas(const Configuration& configuration, Table which) {
  List* schemas = NIL;
  for (const Field field : kStatusFields) {
    if (kFields[static_cast<int>(field)].table != which) continue;
    const Oid schema = status_schema(configuration.table(which), configuration.source(field));
    if (OidIsValid(schema)) schemas = list_append_unique_oid(schemas, schema);
  }
  return schemas;
}

bool sees_status_types(const Configuration& configuration, Table which, Oid reader) {
  ListCell* cell = nullptr;
  foreach (cell, status_schemas(configuration, which))
    if (!has_schema_usage(lfirst_oid(cell), reader)) return false;
  return true;
}

void inspect_memberships(Oid reader, FindingSink& sink) {
  CatCList* memberships = SearchSysCacheList1(AUTHMEMMEMROLE, ObjectIdGetDatum(reader));
  for (int i = 0; i < memberships->n_members; ++i) {
    auto* membership =
        reinterpret_cast<Form_pg_auth_members>(GETSTRUCT(&memberships->members[i]->tuple));
    const char* granted = GetUserNameFromId(membership->roleid, true);
    if (granted == nullptr) continue;  // the role was dropped just now, and with it the membership
    granted = quote_identifier(granted);
    sink({"reader_member", kReaderRole,
          psprintf("role \"%s\" is a member of role \"%s\"", kReaderRole, granted),
          psprintf("REVOKE %s FROM %s%s CASCADE;", granted, kReaderRole, granted_by(membership))});
  }
  ReleaseSysCacheList(memberships);
}

// Whoever owns the database is a member of pg_database_owner, and policies may be for that.
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

// Whether the reader was made a member of a role after the snapshot was taken, although it may be
// none again: as the snapshot is in use, PostgreSQL keeps the row that says so.
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

// Whether the reader was made the owner of the database likewise; what else is said of a database
// does not matter.
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

Oid reader_role() { return get_role_oid(kReaderRole, true); }

bool inspect_reader(const LockedTables& tables, Oid reader, FindingSink& sink) {
  HeapTuple row = SearchSysCache1(AUTHOID, ObjectIdGetDatum(reader));
  if (!HeapTupleIsValid(row)) {
    sink({"reader_missing", kReaderRole, psprintf("role \"%s\" does not exist", kReaderRole),
          run_setup()});
    return false;
  }
  const auto* role = reinterpret_cast<Form_pg_authid>(GETSTRUCT(row));
  const bool is_superuser = role->rolsuper;
  const bool bypasses = role->rolbypassrls;
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

void check_reader_unchanged(Snapshot snapshot, const LockedTables& tables, Oid reader) {
  FindingSink sink = raising_sink();
  (void)inspect_reader(tables, reader, sink);
  if (is_cached_row_newer(AUTHOID, reader, snapshot) || owned_database_since(snapshot, reader) ||
      was_member_since(snapshot, reader))
    raise_concurrent_change(psprintf("role \"%s\"", kReaderRole));
}

bool inspect_table(const Configuration& configuration, const LockedTables& tables, Table which,
                   Oid extension_schema, Oid reader, FindingSink& sink) {
  if (!configuration.has(which)) return true;
  Relation relation = tables[which];
  if (relation == nullptr) {
    sink({"table_missing", table_name(configuration.table(which)),
          psprintf("the table with OID %u, which holds the %s, does not exist",
                   configuration.table(which), kTableNames[static_cast<int>(which)]),
          run_setup()});
    return false;
  }
  const char* name = table_name(RelationGetRelid(relation));
  if (!is_table(relation)) {
    sink({"not_a_table", name, psprintf("\"%s\" is not a table", name),
          run_setup(psprintf("%s => '...'", kTableNames[static_cast<int>(which)]))});
    return false;
  }
  if (is_distributed(RelationGetRelid(relation))) {
    sink({"distributed_table", name,
          psprintf(
              "the rows of table \"%s\" are read by other servers, which do not know the tenant",
              name),
          psprintf("SELECT pg_catalog.undistribute_table(%s);", quote_literal_cstr(name))});
    return false;
  }
  if (!inspect_identity(configuration, which, sink)) return false;
  if (!relation->rd_rel->relrowsecurity)
    // Not by ALTER TABLE alone, which would bind other roles to what policies there are.
    sink({"row_security_disabled", name, psprintf("row security is disabled on table \"%s\"", name),
          run_setup()});
  const bool is_whole = inspect_columns(configuration, which, sink);
  const bool has_types = is_whole && inspect_tenant_column(configuration, which, sink) &&
                         inspect_time_column(configuration, which, sink) &&
                         inspect_status_columns(configuration, which, sink);
  if (!OidIsValid(reader)) return false;
  return relation->rd_rel->relrowsecurity && has_types &&
         sees_status_types(configuration, which, reader) &&
         has_schema_usage(RelationGetNamespace(relation), reader) &&
         has_schema_usage(extension_schema, reader) &&
         OidIsValid(tenant_function(extension_schema));
}

bool inspect_grants(const Configuration& configuration, const LockedTables& tables,
                    Oid extension_schema, Oid reader, FindingSink& sink) {
  const int before = sink.count;
  List* schemas = list_make1_oid(extension_schema);
  for (const Table which : kTables) {
    if (tables[which] == nullptr) continue;
    schemas = list_append_unique_oid(schemas, RelationGetNamespace(tables[which]));
    schemas = list_concat_unique_oid(schemas, status_schemas(configuration, which));
  }
  ListCell* cell = nullptr;
  foreach (cell, schemas) inspect_schema_grant(lfirst_oid(cell), reader, sink);
  inspect_tenant_function(extension_schema, reader, sink);
  return sink.count == before;
}

bool inspect_tenant_types(const Configuration& configuration, FindingSink& sink) {
  const Oid leads = configuration.table(Table::leads);
  const Oid type = tenant_type(leads, configuration.source(Field::lead_tenant));
  const int before = sink.count;
  for (const Table table : {Table::statuses, Table::calls}) {
    const Field field = tenant_field(table);
    const Oid other = tenant_type(configuration.table(table), configuration.source(field));
    // What tells no tenants apart at all is another finding.
    if (!OidIsValid(type) || !OidIsValid(other) || tells_alike(type, other)) continue;
    const char* name = table_name(configuration.table(table));
    sink({"tenant_types", name,
          psprintf("the tenants of table \"%s\" are not of the type that those of table \"%s\" are",
                   name, table_name(leads)),
          run_setup(psprintf("%s => '...'", kFields[static_cast<int>(field)].name))});
  }
  return sink.count == before;
}

void inspect_column_grant(Oid table, AttrNumber column, Oid reader, FindingSink& sink) {
  if (pg_class_aclcheck(table, reader, ACL_SELECT) == ACLCHECK_OK ||
      pg_attribute_aclcheck(table, column, reader, ACL_SELECT) == ACLCHECK_OK)
    return;
  const char* name = get_attname(table, column, true);
  if (name == nullptr) name = "?";
  sink({"grant_missing", table_name(table),
        psprintf("role \"%s\" has no SELECT on column \"%s\" of table \"%s\"", kReaderRole, name,
                 table_name(table)),
        psprintf("GRANT SELECT (%s) ON %s TO %s;", quote_identifier(name), table_name(table),
                 kReaderRole)});
}

}  // namespace export_leads
