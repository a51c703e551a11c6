// The set-up that a call runs in: read, locked and inspected.
#pragma once

#include "pg/guard/finding.hpp"
#include "pg/guard/locked_tables.hpp"

namespace export_leads {

/// What a call knows about the set-up it runs in.
struct Setup {
  Oid extension_schema;
  Oid reader;
  Configuration configuration;
  LockedTables tables;
  bool is_inspectable[kTableCount];  // whether a table's policies can be inspected
  bool is_complete;  // whether everything is there, so that the queries can be analyzed
};
static_assert(std::is_trivially_destructible_v<Setup>);

/// Reads the configuration, locks the tables, and inspects the tables and the reader.
Setup open_setup(Oid extension_schema, FindingSink& sink);

/// The same, complete. Raises 55000 for the first finding.
Setup open_complete_setup(Oid extension_schema);

}  // namespace export_leads
