// A lock is taken only for shards that are here: an export that held locks on several nodes could
// wait for a move that waits for it.
#include "pg/guard/shards.hpp"

#include "pg/citus/routing.hpp"
#include "pg/guard/finding.hpp"

#include <algorithm>
#include <iterator>

namespace export_leads {
namespace {

struct Shards {
  std::int64_t of[kTableCount];    // 0 for a table that is not distributed
  bool is_reference[kTableCount];  // kept on every node, and never moved
  Place place;
};

[[noreturn]] void raise_apart(Oid table, const char* problem) {
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("table \"%s\" %s", table_name(table), problem), errhint("%s", see_check())));
  pg_unreachable();
}

[[noreturn]] void raise_moved(Oid table) {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("a shard of table \"%s\" was moved or split just now", table_name(table)),
                  errhint("The export might succeed if the transaction is retried.")));
  pg_unreachable();
}

// All rows of a tenant are in one shard only where its column, or none, decides the shard.
void check_distribution(Oid table, const char* tenant_column, const DistributedTable& how) {
  switch (how.distribution) {
    case Distribution::by_column:
      if (tenant_column == nullptr || how.column != get_attnum(table, tenant_column))
        raise_apart(table, "is distributed by another column than its tenant");
      return;
    case Distribution::unknown:
      raise_apart(table, "is distributed in a way that exports do not know");
    case Distribution::one_shard:
    case Distribution::reference:
      return;
  }
}

Shards find_shards(const Configuration& configuration, const Tenant& tenant) {
  Shards shards{};
  int movable = 0;
  int here = 0;
  for (const Table which : kTables) {
    const Oid table = configuration.table(which);
    if (!OidIsValid(table) || !is_distributed(table)) continue;
    const int i = static_cast<int>(which);
    const DistributedTable how = distribution_of(table);
    check_distribution(table, configuration.source(tenant_field(which)), how);
    shards.of[i] = shard_of(table, tenant.text);
    if (shards.of[i] == 0) raise_apart(table, "has no shard for the tenant");
    const Placements placements = placements_of(shards.of[i]);
    shards.is_reference[i] = how.distribution == Distribution::reference;
    if (shards.is_reference[i]) {
      if (!placements.is_here) raise_apart(table, "has no copy on this node");
      continue;
    }
    if (placements.count != 1) raise_apart(table, "keeps its shards on several nodes each");
    ++movable;
    here += placements.is_here ? 1 : 0;
  }
  const bool is_any = std::any_of(std::begin(shards.of), std::end(shards.of),
                                  [](std::int64_t shard) { return shard != 0; });
  if (here != 0 && here != movable)
    raise_apart(configuration.table(Table::leads), "is not colocated with the other tables");
  shards.place = !is_any ? Place::whole : here == movable ? Place::here : Place::elsewhere;
  return shards;
}

// A table that is not distributed is on the coordinator alone.
void check_whole_tables(const Configuration& configuration, const Shards& shards) {
  if (shards.place == Place::whole || is_coordinator()) return;
  for (const Table which : kTables)
    if (configuration.has(which) && shards.of[static_cast<int>(which)] == 0)
      raise_apart(configuration.table(which), "is not distributed, and other tables are");
}

void require_local_execution() {
  if (reads_locally()) return;
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                  errmsg("exports need the setting citus.enable_local_execution"),
                  errdetail("Without it they do not see what their own transaction has written."),
                  errhint("SET citus.enable_local_execution = on;")));
}

// In the order of the shards' numbers, as Citus itself locks them.
void lock_shards(const Configuration& configuration, const Shards& shards) {
  std::int64_t last = 0;
  for (;;) {
    int next = -1;
    for (int i = 0; i < kTableCount; ++i)
      if (shards.of[i] > last && !shards.is_reference[i] &&
          (next < 0 || shards.of[i] < shards.of[next]))
        next = i;
    if (next < 0) return;
    last = shards.of[next];
    lock_shard(configuration.tables[next], last);
  }
}

// The table on this node that holds rows as a shard of the leads does; InvalidOid where there is
// none.
Oid table_beside(Oid table, const Shard& of_leads) {
  ListCell* cell = nullptr;
  foreach (cell, shards_of(table)) {
    const auto* shard = static_cast<const Shard*>(lfirst(cell));
    const bool is_beside = shard->least == nullptr || of_leads.least == nullptr ||
                           std::strcmp(shard->least, of_leads.least) == 0;
    if (is_beside && placements_of(shard->number).is_here)
      return table_of_shard(table, shard->number);
  }
  return InvalidOid;
}

bool find_set(const Configuration& configuration, const Shard& of_leads, TablesHere& set) {
  if (!placements_of(of_leads.number).is_here) return false;
  for (int i = 0; i < kTableCount; ++i) {
    const Oid table = configuration.tables[i];
    set.of[i] =
        !OidIsValid(table) || !is_distributed(table) ? table : table_beside(table, of_leads);
    if (OidIsValid(table) && !OidIsValid(set.of[i])) return false;
  }
  return true;
}

}  // namespace

Place find_place(const Configuration& configuration, const Tenant& tenant) {
  return has_citus() ? find_shards(configuration, tenant).place : Place::whole;
}

Place hold_place(const Configuration& configuration, const Tenant& tenant,
                 Oid (&tables)[kTableCount]) {
  std::copy(std::begin(configuration.tables), std::end(configuration.tables), tables);
  if (!has_citus()) return Place::whole;
  const Shards found = find_shards(configuration, tenant);
  check_whole_tables(configuration, found);
  if (found.place != Place::here) return found.place;
  require_local_execution();
  lock_shards(configuration, found);
  const Shards held = find_shards(configuration, tenant);
  if (held.place != Place::here) return held.place;
  for (int i = 0; i < kTableCount; ++i) {
    if (held.of[i] != found.of[i]) raise_moved(configuration.tables[i]);
    if (held.of[i] == 0) continue;
    tables[i] = table_of_shard(configuration.tables[i], held.of[i]);
    if (!OidIsValid(tables[i])) raise_moved(configuration.tables[i]);
  }
  return Place::here;
}

List* find_tables_here(const Configuration& configuration) {
  const Oid leads = configuration.table(Table::leads);
  if (!OidIsValid(leads) || !is_distributed(leads)) return NIL;
  List* sets = NIL;
  ListCell* cell = nullptr;
  foreach (cell, shards_of(leads)) {
    const auto* shard = static_cast<const Shard*>(lfirst(cell));
    auto* set = static_cast<TablesHere*>(palloc(sizeof(TablesHere)));
    if (find_set(configuration, *shard, *set)) sets = lappend(sets, set);
  }
  return sets;
}

void raise_elsewhere() {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("the tenant's leads were moved to another node just now"),
                  errhint("The export might succeed if the transaction is retried.")));
  pg_unreachable();
}

}  // namespace export_leads
