// Looks up columns and their types in the catalogs.
#include "pg/guard/column_guard.hpp"

#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/status_type.hpp"
#include "pg/setup/tenant_type.hpp"

namespace export_leads {
namespace {

// Returns whether a mapped column exists and is the only one that could be meant. Where the column
// was renamed and another one now has its former name, the site must say which one it means; we do
// not guess.
bool inspect_mapped_column(const Configuration& configuration, const FieldRule& rule,
                           const char* column, const char* replaced, FindingSink& sink) {
  const bool exists = get_attnum(configuration.table(rule.table), column) > InvalidAttrNumber;
  if (exists && replaced == nullptr) return true;
  const char* table = table_name(configuration.table(rule.table));
  const char* remediation = run_setup(psprintf("%s => '...'", rule.name));
  if (!exists) {
    sink({"column_missing", table,
          psprintf("column \"%s\" of table \"%s\" does not exist", column, table), remediation});
    return false;
  }
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

// Returns whether inspect_mapped_column() finds nothing wrong with any of a table's columns.
bool inspect_mapped_columns(const Configuration& configuration, Table which, FindingSink& sink) {
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

// The bounds of a creation range are passed in the column's type, and the latest call is found by
// time: both columns must be timestamps.
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

// Reports a key column of the statuses whose type has other values than the type of the leads'
// status column: no lead could hold such a key.
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

// A status is looked up by its name or key, and leads by the name or key they hold: all these
// columns need a type that can hold one.
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

}  // namespace

bool inspect_columns(const Configuration& configuration, Table which, FindingSink& sink) {
  return inspect_mapped_columns(configuration, which, sink) &&
         inspect_tenant_column(configuration, which, sink) &&
         inspect_time_column(configuration, which, sink) &&
         inspect_status_columns(configuration, which, sink);
}

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

bool inspect_tenant_types(const Configuration& configuration, FindingSink& sink) {
  const Oid leads = configuration.table(Table::leads);
  const Oid type = tenant_type(leads, configuration.source(Field::lead_tenant));
  const int before = sink.count;
  for (const Table table : {Table::statuses, Table::calls}) {
    const Field field = tenant_field(table);
    const Oid other = tenant_type(configuration.table(table), configuration.source(field));
    // A type that cannot tell tenants apart at all is reported by inspect_columns().
    if (!OidIsValid(type) || !OidIsValid(other) || tells_alike(type, other)) continue;
    const char* name = table_name(configuration.table(table));
    sink({"tenant_types", name,
          psprintf("the tenants of table \"%s\" are not of the type that those of table \"%s\" are",
                   name, table_name(leads)),
          run_setup(psprintf("%s => '...'", kFields[static_cast<int>(field)].name))});
  }
  return sink.count == before;
}

}  // namespace export_leads
