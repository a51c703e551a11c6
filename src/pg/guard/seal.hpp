// The seal on a call that one node of a Citus cluster passes on to another: it shows that a node
// with the same set-up has checked the caller and what is asked for.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

/// Bytes that only a node with this set-up can compute for these texts, each of which may be
/// nullptr: HMAC with SHA-256, of the texts and all that decides what a file holds, apart from the
/// rows. Raises 55000 where set-up has not been told that the tables are distributed.
inline constexpr int kSealSize = 32;
struct Seal {
  unsigned char bytes[kSealSize];
};
Seal seal_of(const Configuration& configuration, Oid extension_schema, const char* const* texts,
             int count);

/// Whether two seals are the same, in a time that does not tell how much of them is.
bool is_same(const Seal& left, const Seal& right);

/// The key that set-up has given to the nodes; nullptr where it has given none.
const char* cluster_key(Oid extension_schema);

/// All that decides what a file holds, apart from the rows and the caller's wishes, as text, by
/// names: the same on all nodes that have the same set-up and the same version of the library.
const char* describe_setup(const Configuration& configuration, Oid extension_schema);

}  // namespace export_leads
