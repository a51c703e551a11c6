// Whether what a catalog says is newer than what a snapshot sees.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Whether a row was written by a transaction that `snapshot` does not see; this transaction's own
/// rows count as seen.
inline bool is_newer(HeapTuple row, Snapshot snapshot) {
  const TransactionId writer = HeapTupleHeaderGetXmin(row->t_data);
  return TransactionIdIsNormal(writer) && !TransactionIdIsCurrentTransactionId(writer) &&
         XidInMVCCSnapshot(writer, snapshot);
}

/// Raises 40001: `what`, such as "table \"leads\"", is no longer what the snapshot saw.
[[noreturn]] inline void raise_concurrent_change(const char* what) {
  ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                  errmsg("could not serialize access due to concurrent change of %s", what),
                  errhint("The export might succeed if the transaction is retried.")));
  pg_unreachable();
}

}  // namespace export_leads
