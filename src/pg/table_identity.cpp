// Looks names and parents up in the catalogs.
#include "pg/table_identity.hpp"

extern "C" {
#include "catalog/indexing.h"
#include "catalog/pg_inherits.h"

PG_FUNCTION_INFO_V1(export_leads_successor_of);
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

// The table of that name; InvalidOid where there is none, or another kind of relation.
Oid table_named(const char* schema, const char* name) {
  const Oid found = get_relname_relid(name, get_namespace_oid(schema, true));
  if (!OidIsValid(found)) return InvalidOid;
  const char kind = get_rel_relkind(found);
  return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ? found : InvalidOid;
}

}  // namespace

Oid whole_table(Oid table) {
  Relation inherits = table_open(InheritsRelationId, AccessShareLock);
  for (Oid parent = table; OidIsValid(parent); parent = parent_of(inherits, table)) table = parent;
  table_close(inherits, AccessShareLock);
  return table;
}

Oid successor_of(Oid table, const char* schema, const char* name) {
  const Oid named = table_named(schema, name);
  return whole_table(OidIsValid(named) ? named : table);
}

}  // namespace export_leads

/// export_leads_successor_of(relation regclass, schema_name text, table_name text) -> regclass:
/// successor_of(); without a name, the whole of which the table is a part.
Datum export_leads_successor_of(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const Oid table = PG_GETARG_OID(0);
  if (PG_ARGISNULL(1) || PG_ARGISNULL(2)) PG_RETURN_OID(whole_table(table));
  PG_RETURN_OID(successor_of(table, text_to_cstring(PG_GETARG_TEXT_PP(1)),
                             text_to_cstring(PG_GETARG_TEXT_PP(2))));
}
