// What a session keeps of an inspection for its next export. It is forgotten once the session hears
// of a change to a catalog, whatever it changes.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Changes whenever the session hears of a change to a table, or to a catalog that decides what a
/// query means, what it may read or how it is planned. That includes changes of its own transaction
/// and their undoing. Must be read before what is kept is made.
std::uint64_t catalog_generation();

/// A place for something kept, with the memory that it is in; zero where nothing is kept.
struct Keeper {
  MemoryContext memory;
  std::uint64_t generation;
  const char* purpose;
};

/// Whether something is kept for this purpose, and no catalog has changed since it was made.
bool is_kept(const Keeper& keeper, const char* purpose);

/// Has what is kept made anew next time.
inline void forget(Keeper& keeper) { keeper.purpose = ""; }

/// A text that differs between versions of the configuration, readers, and shards in the place of
/// the tables: the beginning of a purpose.
const char* purpose_of(const Configuration& configuration, Oid reader);

/// Keeps what `copy` copies, which is called in memory that lives as long as the session, in place
/// of what was kept before. `generation` is that of before it was made.
template <typename Copy>
void keep(Keeper& keeper, std::uint64_t generation, const char* purpose, Copy copy) {
  static_assert(std::is_trivially_destructible_v<Copy>);
  MemoryContext old = keeper.memory;
  keeper = {};
  if (old != nullptr) MemoryContextDelete(old);
  MemoryContext memory =
      AllocSetContextCreate(CurrentMemoryContext, "export_leads kept", ALLOCSET_SMALL_SIZES);
  MemoryContext caller = MemoryContextSwitchTo(memory);
  copy();
  const char* kept_purpose = pstrdup(purpose);
  MemoryContextSwitchTo(caller);
  MemoryContextSetParent(memory, CacheMemoryContext);
  keeper = {memory, generation, kept_purpose};
}

}  // namespace export_leads
