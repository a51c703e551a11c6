// Finds out whether a catalog row is newer than a snapshot, and raises the error for that.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Whether a row was written by a transaction that `snapshot` does not see. Rows written by the
/// current transaction are not newer.
inline bool is_newer(HeapTuple row, Snapshot snapshot) {
  const TransactionId writer = HeapTupleHeaderGetXmin(row->t_data);
  return TransactionIdIsNormal(writer) && !TransactionIdIsCurrentTransactionId(writer) &&
         XidInMVCCSnapshot(writer, snapshot);
}

/// Raises 40001: `what`, for example "table \"leads\"", has changed since the snapshot was taken.
[[noreturn]] inline void raise_concurrent_change(const char* what) {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("could not serialize access due to concurrent change of %s", what),
                  errhint("The export might succeed if the transaction is retried.")));
  pg_unreachable();
}

}  // namespace export_leads
