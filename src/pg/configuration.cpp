// Reads the configuration table, and what the catalogs know of the tables and columns it names.
#include "pg/configuration.hpp"

namespace export_leads {

Oid extension_schema(FunctionCallInfo call) { return get_func_namespace(call->flinfo->fn_oid); }

Configuration configuration_from_row(HeapTuple row, TupleDesc description) {
  if (description->natts < kTableCount + kFieldCount)
    elog(ERROR, "export_leads_configuration has %d columns", description->natts);
  Configuration configuration{};
  bool is_null = false;
  for (int i = 0; i < kTableCount; ++i)
    configuration.tables[i] = DatumGetObjectId(heap_getattr(row, i + 1, description, &is_null));
  for (int i = 0; i < kFieldCount; ++i) {
    const Datum source = heap_getattr(row, kTableCount + i + 1, description, &is_null);
    configuration.sources[i] = is_null ? nullptr : TextDatumGetCString(source);
  }
  return configuration;
}

bool read_configuration(Oid schema, Configuration* configuration) {
  const Oid table = get_relname_relid("export_leads_configuration", schema);
  if (!OidIsValid(table)) return false;
  Relation relation = table_open(table, AccessShareLock);
  // No snapshot given: the newest committed row, as for a catalog.
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  HeapTuple row = systable_getnext(scan);
  const bool found = HeapTupleIsValid(row);
  if (found) *configuration = configuration_from_row(row, RelationGetDescr(relation));
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
  return found;
}

const char* table_name(Oid table) {
  const char* name = get_rel_name(table);
  if (name == nullptr) return psprintf("%u", table);
  return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name);
}

Oid tenant_type(Oid table, const char* column) {
  const AttrNumber number = column == nullptr ? InvalidAttrNumber : get_attnum(table, column);
  if (number <= InvalidAttrNumber) return InvalidOid;
  Oid type = InvalidOid;
  int32 modifier = -1;
  Oid collation = InvalidOid;
  get_atttypetypmodcoll(table, number, &type, &modifier, &collation);
  switch (type = getBaseType(type)) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case UUIDOID:
      return type;
    case TEXTOID:
    case VARCHAROID:
      return get_collation_isdeterministic(collation) ? TEXTOID : InvalidOid;
    default:
      return InvalidOid;
  }
}

}  // namespace export_leads
