// Which tables on this node have the rows of a tenant, where Citus has spread the three tables over
// several nodes.
#pragma once

#include "pg/guard/tenant.hpp"

namespace export_leads {

enum class Place {
  whole,      ///< in the tables themselves
  here,       ///< in shards on this node
  elsewhere,  ///< in shards on another node
};

/// Where the tenant's rows are. Raises 55000 where Citus does not keep them together.
Place find_place(const Configuration& configuration, const Tenant& tenant);

/// The same for an export that is to read them now, which gets the tables to read: shards in the
/// place of distributed tables. A shard that is here stays here, and takes every write to the
/// tenant's rows, to the end of the transaction. Must be called before the snapshot of the export
/// is taken. Raises 40001 where a shard is moved or split just now, and 55000 where this
/// transaction may have written rows to it over a connection of Citus's.
Place hold_place(const Configuration& configuration, const Tenant& tenant,
                 Oid (&tables)[kTableCount]);

/// The tables with the rows of some tenants on this node: shards in the place of distributed
/// tables.
struct TablesHere {
  Oid of[kTableCount];
};

/// All of these (TablesHere), for the check; NIL where Citus has not distributed the leads.
List* find_tables_here(const Configuration& configuration);

/// Raises 40001: the tenant's rows were moved to another node just now.
[[noreturn]] void raise_elsewhere();

}  // namespace export_leads
