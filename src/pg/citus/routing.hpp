// Where Citus keeps the rows of a distributed table: the table itself is an empty shell on each
// node, and its rows are in shards, ordinary tables of their own on some node. Nothing of Citus is
// linked; its catalogs are read by the names of their columns, and its functions called by theirs.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Whether the database has Citus.
bool has_citus();

/// Whether Citus keeps the table's rows in shards. False where there is no Citus.
bool is_distributed(Oid table);

/// Whether this node is the one that changes go to. True where there is no Citus.
bool is_coordinator();

/// Whether Citus has opened this session from another node to run a part of a query of that node's.
bool is_session_of_citus();

/// Whether Citus reads and writes this node's shards in this session itself, and not over a
/// connection, in a transaction whose rows are not to be seen here.
bool reads_locally();

enum class Distribution {
  by_column,  ///< rows go by the hash or range of a column
  one_shard,  ///< all rows are in one shard, on one node
  reference,  ///< all rows are on every node
  unknown,
};

/// How a distributed table's rows are spread.
struct DistributedTable {
  Distribution distribution;
  AttrNumber column;  ///< of the table, where it is by_column
};

/// Raises XX000 where the table is not distributed.
DistributedTable distribution_of(Oid table);

/// The number of the shard that has the rows of a tenant, which is given as text; 0 where there is
/// none. Asks Citus, so that it is where every query of Citus looks.
std::int64_t shard_of(Oid table, const char* tenant);

/// How many nodes have the shard, and whether this one has, by the newest rows of the catalogs:
/// after a move the table is still there for a while, with old rows.
struct Placements {
  int count;
  bool is_here;
};
Placements placements_of(std::int64_t shard);

/// Waits for a move, copy or split of the shard that has begun to move writes elsewhere, and keeps
/// others from doing so to the end of the transaction.
void lock_shard(Oid table, std::int64_t shard);

/// A shard, and the least value of its range, which shards that are together have in common;
/// nullptr for the only shard of a table.
struct Shard {
  std::int64_t number;
  const char* least;
};

/// The shards (Shard) of a distributed table.
List* shards_of(Oid table);

/// The table of a shard on this node; InvalidOid where it has none.
Oid table_of_shard(Oid table, std::int64_t shard);

}  // namespace export_leads
