// Locks before it inspects, so that nothing which was inspected can change during the call.
#include "pg/export/opened_setup.hpp"

#include "pg/guard/column_guard.hpp"
#include "pg/guard/reader_guard.hpp"
#include "pg/guard/setup_guard.hpp"
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

}  // namespace

Setup open_setup(Oid extension_schema, FindingSink& sink) {
  Setup setup{};
  setup.extension_schema = extension_schema;
  if (!lock_configured_tables(setup)) {
    setup.tables = {};
    sink(not_set_up());
    return setup;
  }
  setup.reader = reader_role();
  setup.is_complete = inspect_reader(setup.tables, setup.reader, sink);
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

Setup open_complete_setup(Oid extension_schema) {
  FindingSink sink = raising_sink();
  const Setup setup = open_setup(extension_schema, sink);
  // A finding would have raised an error. None did, yet something is missing: objects that were
  // inspected without a lock have changed meanwhile.
  if (!setup.is_complete)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the set-up changed while it was inspected"), errhint("%s", see_check())));
  return setup;
}

}  // namespace export_leads
