// Looks up names, parents and what views read in the catalogs.
#include "pg/setup/table_identity.hpp"

extern "C" {
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
}

namespace export_leads {
namespace {

Oid parent_of(Relation inherits, Oid table) {
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(table));
  SysScanDesc scan =
      systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
  Oid parent = InvalidOid;
  for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));) {
    const Oid found = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(row))->inhparent;
    if (!OidIsValid(parent) || found < parent) parent = found;
  }
  systable_endscan(scan);
  return parent;
}

// Whether a view reads a table, directly or through other views.
bool reads(Oid view, Oid table);

bool rule_reads(Oid rule, Oid view, Oid table) {
  Relation depend = table_open(DependRelationId, AccessShareLock);
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(RewriteRelationId));
  ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(rule));
  SysScanDesc scan = systable_beginscan(depend, DependDependerIndexId, true, nullptr, 2, keys);
  bool found = false;
  for (HeapTuple row; !found && HeapTupleIsValid(row = systable_getnext(scan));) {
    const auto* form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(row));
    if (form->refclassid != RelationRelationId || form->refobjid == view) continue;
    found = form->refobjid == table || reads(form->refobjid, table);
  }
  systable_endscan(scan);
  table_close(depend, AccessShareLock);
  return found;
}

bool reads(Oid view, Oid table) {
  check_stack_depth();
  if (get_rel_relkind(view) != RELKIND_VIEW) return false;
  Relation rewrite = table_open(RewriteRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_rewrite_ev_class, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(view));
  SysScanDesc scan = systable_beginscan(rewrite, RewriteRelRulenameIndexId, true, nullptr, 1, &key);
  bool found = false;
  for (HeapTuple row; !found && HeapTupleIsValid(row = systable_getnext(scan));)
    found = rule_reads(reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(row))->oid, view, table);
  systable_endscan(scan);
  table_close(rewrite, AccessShareLock);
  return found;
}

// The relation that has the name now, where it has rows of its own or is a view that does not read
// `table`; InvalidOid for anything else.
Oid replacement_named(const char* schema, const char* name, Oid table) {
  const Oid found = get_relname_relid(name, get_namespace_oid(schema, true));
  if (!OidIsValid(found)) return InvalidOid;
  switch (get_rel_relkind(found)) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
    case RELKIND_FOREIGN_TABLE:
    case RELKIND_MATVIEW:
      return found;
    case RELKIND_VIEW:
      return reads(found, table) ? InvalidOid : found;
    default:
      return InvalidOid;
  }
}

}  // namespace

Oid whole_table(Oid table) {
  Relation inherits = table_open(InheritsRelationId, AccessShareLock);
  for (Oid parent = table; OidIsValid(parent); parent = parent_of(inherits, table)) table = parent;
  table_close(inherits, AccessShareLock);
  return table;
}

Oid successor_of(Oid table, const char* schema, const char* name) {
  const Oid named = replacement_named(schema, name, table);
  return whole_table(OidIsValid(named) ? named : table);
}

}  // namespace export_leads
