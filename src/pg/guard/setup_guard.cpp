// Looks up the tables and the reader's grants in the catalogs.
#include "pg/guard/setup_guard.hpp"

#include "pg/citus/routing.hpp"
#include "pg/guard/column_guard.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/reader_role.hpp"
#include "pg/setup/table_identity.hpp"

extern "C" {
Datum export_leads_tenant(PG_FUNCTION_ARGS);
}

namespace export_leads {
namespace {

bool is_table(Relation relation) {
  return relation->rd_rel->relkind == RELKIND_RELATION ||
         relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

// Returns whether this is still the table to read: it is not a part of another one, and nothing
// else has taken the name under which set-up found it.
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

// Set-up takes what has the table's name in its schema now, and nothing else unless it is told to.
void report_missing_table(const Configuration& configuration, Table which, FindingSink& sink) {
  const int i = static_cast<int>(which);
  const bool is_known = configuration.names[i] != nullptr;
  const char* name =
      is_known ? quote_qualified_identifier(configuration.schemas[i], configuration.names[i])
               : table_name(configuration.table(which));
  const bool has_successor =
      is_known &&
      OidIsValid(successor_of(InvalidOid, configuration.schemas[i], configuration.names[i]));
  sink({"table_missing", name,
        psprintf("table \"%s\", which held the %s, is gone", name, kTableNames[i]),
        has_successor ? run_setup() : run_setup(psprintf("%s => '...'", kTableNames[i]))});
}

// Without USAGE on a schema the reader cannot read any table in it.
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

// The part of CREATE FUNCTION after the function's name. The remediation is not to create the
// extension again: that would lose the configuration and the grants.
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
          is_coordinator() ? psprintf("GRANT EXECUTE ON FUNCTION %s TO %s;", object, kReaderRole)
                           : run_setup()});
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

}  // namespace

bool inspect_relation(const Configuration& configuration, const LockedTables& tables, Table which,
                      FindingSink& sink) {
  if (!configuration.has(which)) return true;
  Relation relation = tables[which];
  if (relation == nullptr) {
    report_missing_table(configuration, which, sink);
    return false;
  }
  const char* name = table_name(RelationGetRelid(relation));
  if (!is_table(relation)) {
    sink({"not_a_table", name, psprintf("\"%s\" is not a table", name),
          run_setup(psprintf("%s => '...'", kTableNames[static_cast<int>(which)]))});
    return false;
  }
  // The names that set-up found are those of the shells, which were inspected before the shards.
  return configuration.is_shard(which) || inspect_identity(configuration, which, sink);
}

bool inspect_table(const Configuration& configuration, const LockedTables& tables, Table which,
                   Oid extension_schema, Oid reader, FindingSink& sink) {
  if (!configuration.has(which)) return true;
  if (!inspect_relation(configuration, tables, which, sink)) return false;
  Relation relation = tables[which];
  const char* name = table_name(RelationGetRelid(relation));
  if (!relation->rd_rel->relrowsecurity)
    // Not just ALTER TABLE: that would also apply the existing policies to all other roles. Where a
    // single shard differs, they do apply elsewhere.
    sink({"row_security_disabled", name, psprintf("row security is disabled on table \"%s\"", name),
          configuration.is_shard(which) ? psprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY;",
                                                   table_name(configuration.changed_table(which)))
                                        : run_setup()});
  const bool has_types = inspect_columns(configuration, which, sink);
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

void inspect_column_grant(Oid table, Oid changed, AttrNumber column, Oid reader,
                          FindingSink& sink) {
  if (pg_class_aclcheck(table, reader, ACL_SELECT) == ACLCHECK_OK ||
      pg_attribute_aclcheck(table, column, reader, ACL_SELECT) == ACLCHECK_OK)
    return;
  const char* name = get_attname(table, column, true);
  if (name == nullptr) name = "?";
  sink({"grant_missing", table_name(table),
        psprintf("role \"%s\" has no SELECT on column \"%s\" of table \"%s\"", kReaderRole, name,
                 table_name(table)),
        psprintf("GRANT SELECT (%s) ON %s TO %s;", quote_identifier(name), table_name(changed),
                 kReaderRole)});
}

}  // namespace export_leads
