// Locks before it inspects, so that nothing which was inspected can change during the call.
#include "pg/export/opened_setup.hpp"

#include "pg/guard/column_guard.hpp"
#include "pg/guard/reader_guard.hpp"
#include "pg/guard/setup_guard.hpp"
#include "pg/setup/reader_role.hpp"

namespace export_leads {
namespace {

// Reads the configuration and locks its tables. The configuration may change while we wait for the
// locks, so it is read again once they are held, until two readings agree. Returns false where
// there is no configuration.
bool lock_configured_tables(Setup& setup) {
  bool found = read_configuration(setup.extension_schema, &setup.configuration);
  while (found) {
    setup.tables = lock_tables(setup.configuration);
    Configuration now{};
    found = read_configuration(setup.extension_schema, &now);
    const bool is_current = found && is_same(now, setup.configuration);
    setup.configuration = now;  // the columns' current names can be trusted only under the locks
    if (is_current) return true;
    close_tables(setup.tables);
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
