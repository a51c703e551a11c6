// Locks before it inspects, so that nothing which was inspected can change during the call.
#include "pg/export/opened_setup.hpp"

#include "pg/citus/routing.hpp"
#include "pg/guard/column_guard.hpp"
#include "pg/guard/reader_guard.hpp"
#include "pg/guard/setup_guard.hpp"
#include "pg/guard/shards.hpp"
#include "pg/setup/reader_role.hpp"

#include <algorithm>
#include <iterator>

namespace export_leads {
namespace {

// Locks the configured tables and reads the configuration: the columns' current names can be
// trusted only under the locks. The configuration may change while we wait for them, so this goes
// on until it is the one whose tables are locked. Returns false where there is none.
bool lock_configured_tables(Setup& setup) {
  ConfiguredTables configured{};
  bool found = read_configured_tables(setup.extension_schema, &configured);
  while (found) {
    setup.tables = lock_tables(configured.tables);
    Configuration& now = setup.configuration;
    found = read_configuration(setup.extension_schema, &now);
    if (found && is_same(now.version, configured.version)) return true;
    close_tables(setup.tables);
    configured.version = now.version;
    std::copy(std::begin(now.tables), std::end(now.tables), configured.tables);
  }
  return false;
}

// Returns whether the distributed tables are still those that set-up found, with columns that tell
// in which shards a tenant's rows are.
bool inspect_shells(const Setup& setup, FindingSink& sink) {
  bool is_complete = true;
  for (const Table table : kTables)
    is_complete &=
        inspect_relation(setup.configuration, setup.tables, table, sink) &&
        (!setup.configuration.has(table) || inspect_columns(setup.configuration, table, sink));
  return is_complete && inspect_tenant_types(setup.configuration, sink);
}

void find_tables_read(const Setup& setup, const RowsRead& rows, Oid (&tables)[kTableCount]) {
  if (rows.tables != nullptr) {
    std::copy(rows.tables, rows.tables + kTableCount, tables);
    return;
  }
  const Tenant tenant = read_tenant(setup.configuration, rows.tenant);
  if (hold_place(setup.configuration, tenant, tables) == Place::elsewhere) raise_elsewhere();
}

// Puts the shards with the rows that are read into the place of the distributed tables.
void open_shards(Setup& setup, const RowsRead& rows) {
  Configuration& configuration = setup.configuration;
  Oid tables[kTableCount];
  find_tables_read(setup, rows, tables);
  for (int i = 0; i < kTableCount; ++i) {
    if (configuration.in_shards[i]) configuration.shells[i] = configuration.tables[i];
    configuration.tables[i] = tables[i];
  }
  setup.shells = setup.tables;
  setup.tables = lock_tables(tables);
}

}  // namespace

Setup open_setup(Oid extension_schema, const RowsRead& rows, FindingSink& sink) {
  Setup setup{};
  setup.extension_schema = extension_schema;
  if (!lock_configured_tables(setup)) {
    setup.tables = {};
    sink(not_set_up());
    return setup;
  }
  setup.reader = reader_role();
  for (int i = 0; i < kTableCount; ++i) {
    const Oid table = setup.configuration.tables[i];
    setup.configuration.in_shards[i] = OidIsValid(table) && is_distributed(table);
  }
  if (setup.configuration.is_any_in_shards() &&
      (rows.tenant != nullptr || rows.tables != nullptr)) {
    if (!inspect_shells(setup, sink)) return setup;
    open_shards(setup, rows);
  }
  setup.is_complete = inspect_reader(setup.configuration, setup.tables, setup.reader, sink);
  if (OidIsValid(setup.reader))
    inspect_grants(setup.configuration, setup.tables, extension_schema, setup.reader, sink);
  for (const Table table : kTables) {
    bool& is_inspectable = setup.is_inspectable[static_cast<int>(table)];
    is_inspectable = inspect_table(setup.configuration, setup.tables, table, extension_schema,
                                   setup.reader, sink);
    setup.is_complete &= is_inspectable;
  }
  setup.is_complete &= inspect_tenant_types(setup.configuration, sink);
  return setup;
}

Setup open_complete_setup(Oid extension_schema, const RowsRead& rows) {
  FindingSink sink = raising_sink();
  const Setup setup = open_setup(extension_schema, rows, sink);
  // A finding would have raised an error. None did, yet something is missing: objects that were
  // inspected without a lock have changed meanwhile.
  if (!setup.is_complete)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the set-up changed while it was inspected"), errhint("%s", see_check())));
  return setup;
}

void close_setup(const Setup& setup) {
  close_tables(setup.tables);
  close_tables(setup.shells);
}

}  // namespace export_leads
