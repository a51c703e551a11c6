// Locks before any snapshot is taken, so that the snapshot sees what the locks hold.
#include "pg/locked_tables.hpp"

extern "C" {
#include "catalog/pg_inherits.h"
}

namespace export_leads {
namespace {

Relation lock_table(Oid table) {
  Relation relation = try_relation_open(table, AccessShareLock);
  if (relation == nullptr) return nullptr;
  (void)find_all_inheritors(table, AccessShareLock, nullptr);
  return relation;
}

void check_unchanged(Snapshot snapshot, Oid table) {
  HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for relation %u", table);
  const TransactionId changed_by = HeapTupleHeaderGetXmin(row->t_data);
  ReleaseSysCache(row);
  if (TransactionIdIsNormal(changed_by) && !TransactionIdIsCurrentTransactionId(changed_by) &&
      XidInMVCCSnapshot(changed_by, snapshot))
    ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                    errmsg("could not serialize access due to concurrent change of table \"%s\"",
                           table_name(table)),
                    errhint("The export might succeed if the transaction is retried.")));
}

}  // namespace

LockedTables lock_tables(const Configuration& configuration) {
  LockedTables tables{};
  for (const Table which : kTables)
    tables.relations[static_cast<int>(which)] = lock_table(configuration.table(which));
  return tables;
}

void check_unchanged_since(Snapshot snapshot, const LockedTables& tables) {
  for (Relation relation : tables.relations) {
    ListCell* cell = nullptr;
    foreach (cell, find_all_inheritors(RelationGetRelid(relation), AccessShareLock, nullptr))
      check_unchanged(snapshot, lfirst_oid(cell));
  }
}

void close_tables(const LockedTables& tables) {
  for (Relation relation : tables.relations)
    if (relation != nullptr) relation_close(relation, NoLock);
}

}  // namespace export_leads
