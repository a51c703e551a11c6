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
  LockedTables shells;               // the distributed tables, where `tables` are shards of them
  bool is_inspectable[kTableCount];  // whether a table's policies can be inspected
  bool is_complete;  // whether everything is there, so that the queries can be analyzed
};
static_assert(std::is_trivially_destructible_v<Setup>);

/// Which rows a call reads, for tables whose rows Citus keeps in shards: those of a tenant, or of
/// tables that were found already. Where there are neither, it reads no rows.
struct RowsRead {
  const char* tenant;
  const Oid* tables;  // kTableCount
};

/// Reads the configuration, locks the tables, and inspects the tables and the reader. Where Citus
/// keeps the tables' rows in shards, the shards with the rows that are read take the tables' place.
/// Raises 40001 where they are on another node.
Setup open_setup(Oid extension_schema, const RowsRead& rows, FindingSink& sink);

/// The same, complete. Raises 55000 for the first finding.
Setup open_complete_setup(Oid extension_schema, const RowsRead& rows);

/// Closes the tables and keeps the locks.
void close_setup(const Setup& setup);

}  // namespace export_leads
