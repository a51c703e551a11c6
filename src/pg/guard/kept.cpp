// Counts the invalidation messages that PostgreSQL passes to this session.
#include "pg/guard/kept.hpp"

extern "C" {
#include "utils/inval.h"
}

namespace export_leads {
namespace {

std::uint64_t generation = 0;

void note_change_of_row(Datum, int, std::uint32_t) { ++generation; }
void note_change_of_table(Datum, Oid) { ++generation; }

// One cache for each catalog, as a change of a row is announced to all caches of its catalog. What
// belongs to a table (columns, policies, indexes, constraints, partitions, statistics) is announced
// as a change of the table. Beyond what PostgreSQL's own plan cache listens to: roles and their
// memberships, on which privileges depend, and what a name in an expression, or in the definition
// of a function that is compared, may lead to.
constexpr int kCaches[] = {PROCOID,          TYPEOID,   OPEROID,          AMOPOPID,
                           NAMESPACEOID,     AUTHOID,   AUTHMEMMEMROLE,   ENUMOID,
                           CASTSOURCETARGET, COLLOID,   CLAOID,           LANGOID,
                           TSCONFIGOID,      TSDICTOID, FOREIGNSERVEROID, FOREIGNDATAWRAPPEROID};

void listen() {
  static bool is_listening = false;
  if (is_listening) return;
  CacheRegisterRelcacheCallback(note_change_of_table, 0);
  for (const int cache : kCaches) CacheRegisterSyscacheCallback(cache, note_change_of_row, 0);
  is_listening = true;
}

}  // namespace

std::uint64_t catalog_generation() {
  listen();
  return generation;
}

bool is_kept(const Keeper& keeper, const char* purpose) {
  return keeper.memory != nullptr && keeper.generation == catalog_generation() &&
         std::strcmp(keeper.purpose, purpose) == 0;
}

const char* purpose_of(const Configuration& configuration, Oid reader) {
  const RowVersion& version = configuration.version;
  const Oid(&tables)[kTableCount] = configuration.tables;
  return psprintf(
      "%u %u/%u %u %u %u %u", version.written_by, ItemPointerGetBlockNumberNoCheck(&version.place),
      ItemPointerGetOffsetNumberNoCheck(&version.place), reader, tables[0], tables[1], tables[2]);
}

}  // namespace export_leads
