// Locks the tables before a snapshot is taken, so that the snapshot sees the tables as they are
// locked.
#include "pg/guard/locked_tables.hpp"

#include "pg/sandbox/snapshot_age.hpp"

extern "C" {
#include "catalog/indexing.h"
#include "catalog/pg_inherits.h"
#include "nodes/pathnodes.h"
#include "parser/parsetree.h"
#include "storage/lmgr.h"
}

namespace export_leads {
namespace {

// While ALTER TABLE rewrites a table, its new heap is a table of this name in the same schema (see
// make_new_heap() in PostgreSQL's cluster.c).
bool is_being_rewritten(Relation relation) {
  const char* new_heap = psprintf("pg_temp_%u", RelationGetRelid(relation));
  return OidIsValid(get_relname_relid(new_heap, RelationGetNamespace(relation)));
}

void check_not_being_rewritten(const List* tree) {
  ListCell* cell = nullptr;
  foreach (cell, tree) {
    Relation relation = relation_open(lfirst_oid(cell), NoLock);
    if (CheckRelationLockedByMe(relation, AccessExclusiveLock, true) &&
        is_being_rewritten(relation))
      ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                      errmsg("cannot export from table \"%s\" while this session rewrites it",
                             RelationGetRelationName(relation))));
    relation_close(relation, NoLock);
  }
}

List* current_tree(Oid table) { return find_all_inheritors(table, AccessShareLock, nullptr); }

// Locks a table with its partitions and children. A child may be detached while we wait for its
// lock. When two readings agree, every child was locked before the second one, so none can be
// detached any more.
List* lock_tree(Oid table) {
  List* tree = current_tree(table);
  for (;;) {
    List* now = current_tree(table);
    if (equal(now, tree)) return now;
    tree = now;
    CHECK_FOR_INTERRUPTS();
  }
}

// Sorts a list of OIDs for the binary search in contains(); a table may have many partitions.
List* sorted(List* tree) {
  list_sort(tree, list_oid_cmp);
  return tree;
}

bool contains(const List* sorted_tree, Oid table) {
  int from = 0;
  int to = list_length(sorted_tree);
  while (from < to) {
    const int middle = from + (to - from) / 2;
    const Oid found = list_nth_oid(sorted_tree, middle);
    if (found == table) return true;
    if (found < table)
      from = middle + 1;
    else
      to = middle;
  }
  return false;
}

// The children of a table that a snapshot sees, without partitions for which DETACH CONCURRENTLY
// has begun.
List* children_in(Snapshot snapshot, Relation inherits, Oid parent) {
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_inherits_inhparent, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(parent));
  SysScanDesc scan = systable_beginscan(inherits, InheritsParentIndexId, true, snapshot, 1, &key);
  List* children = NIL;
  for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));) {
    const auto* link = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(row));
    if (!link->inhdetachpending) children = lappend_oid(children, link->inhrelid);
  }
  systable_endscan(scan);
  return children;
}

List* tree_in(Snapshot snapshot, Oid table) {
  Relation inherits = table_open(InheritsRelationId, AccessShareLock);
  List* tree = list_make1_oid(table);
  for (int i = 0; i < list_length(tree); ++i)
    tree = list_concat(tree, children_in(snapshot, inherits, list_nth_oid(tree, i)));
  table_close(inherits, AccessShareLock);
  list_deduplicate_oid(sorted(tree));  // a child with several parents is found several times
  return tree;
}

void check_unchanged(Snapshot snapshot, Oid table) {
  HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for relation %u", table);
  const bool is_changed = is_newer(row, snapshot);
  ReleaseSysCache(row);
  if (is_changed) raise_concurrent_change(psprintf("table \"%s\"", table_name(table)));
}

bool is_in_trees(const LockedTables& tables, Oid table) {
  for (const List* tree : tables.trees)
    if (contains(tree, table)) return true;
  return false;
}

}  // namespace

LockedTables lock_tables(const Oid (&configured)[kTableCount]) {
  LockedTables tables{};
  for (const Table which : kTables) {
    const int i = static_cast<int>(which);
    const Oid table = configured[i];
    if (!OidIsValid(table)) continue;
    tables.relations[i] = try_relation_open(table, AccessShareLock);
    if (tables.relations[i] == nullptr) continue;
    tables.trees[i] = sorted(lock_tree(table));
    check_not_being_rewritten(tables.trees[i]);
  }
  return tables;
}

bool keep_seen(Snapshot snapshot, LockedTables& tables) {
  for (const Table which : kTables) {
    if (tables[which] == nullptr) continue;
    List*& tree = tables.trees[static_cast<int>(which)];
    List* seen = tree_in(snapshot, RelationGetRelid(tables[which]));
    ListCell* cell = nullptr;
    foreach (cell, seen)
      if (!contains(tree, lfirst_oid(cell))) return false;
    tree = seen;
  }
  return true;
}

void check_unchanged_since(Snapshot snapshot, const LockedTables& tables) {
  for (const List* tree : tables.trees) {
    ListCell* cell = nullptr;
    foreach (cell, tree) check_unchanged(snapshot, lfirst_oid(cell));
  }
}

// Looks at the plan rather than at the catalogs: the planner looks up the children once more, and
// may have found one that was added and detached again since.
bool reads_unlocked(const LockedTables& tables, const PlannedStmt* plan) {
  if (plan == nullptr) return false;
  ListCell* cell = nullptr;
  foreach (cell, plan->appendRelations) {
    const auto* link = lfirst_node(AppendRelInfo, cell);
    const RangeTblEntry* parent = rt_fetch(link->parent_relid, plan->rtable);
    const RangeTblEntry* child = rt_fetch(link->child_relid, plan->rtable);
    if (parent->rtekind == RTE_RELATION && is_in_trees(tables, parent->relid) &&
        !is_in_trees(tables, child->relid))
      return true;
  }
  return false;
}

void close_tables(const LockedTables& tables) {
  for (Relation relation : tables.relations)
    if (relation != nullptr) relation_close(relation, NoLock);
}

}  // namespace export_leads
