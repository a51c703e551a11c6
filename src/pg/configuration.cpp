// Reads the configuration table, and what the catalogs know of the tables and columns it names.
#include "pg/configuration.hpp"

extern "C" {
#include "utils/typcache.h"
}

namespace export_leads {

Oid extension_schema(FunctionCallInfo call) { return get_func_namespace(call->flinfo->fn_oid); }

namespace {

// A row of the configuration table, read column by column.
struct RowReader {
  HeapTuple row;
  TupleDesc description;
  int column;

  Datum next(bool* is_null) { return heap_getattr(row, ++column, description, is_null); }
  Oid next_oid() {
    bool is_null = false;
    const Datum value = next(&is_null);
    return is_null ? InvalidOid : DatumGetObjectId(value);
  }
  bool next_bool() {
    bool is_null = false;
    const Datum value = next(&is_null);
    return !is_null && DatumGetBool(value);
  }
  const char* next_text() {
    bool is_null = false;
    const Datum value = next(&is_null);
    return is_null ? nullptr : TextDatumGetCString(value);
  }
};

// Schema and name of each table, one after the other.
void read_names(RowReader& reader, Configuration& configuration) {
  bool is_null = false;
  const Datum array = reader.next(&is_null);
  if (is_null) return;
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
                    &count);
  for (int i = 0; i < kTableCount && 2 * i + 1 < count; ++i) {
    if (nulls[2 * i] || nulls[2 * i + 1]) continue;  // the table was gone when its name was noted
    configuration.schemas[i] = TextDatumGetCString(elements[2 * i]);
    configuration.names[i] = TextDatumGetCString(elements[2 * i + 1]);
  }
}

// Those of version 0.1.0, which a database has until ALTER EXTENSION ... UPDATE.
constexpr int kLeastColumns = kTableCount + kFieldCount + 9;
constexpr int kColumns = kLeastColumns + 4;

Configuration configuration_from_row(HeapTuple row, TupleDesc description) {
  if (description->natts < kLeastColumns)
    elog(ERROR, "export_leads_configuration has %d columns", description->natts);
  RowReader reader{row, description, 0};
  Configuration configuration{};
  for (Oid& table : configuration.tables) table = reader.next_oid();
  for (const char*& source : configuration.sources) source = reader.next_text();
  for (const FieldRule& rule : kFields)
    if (rule.required && configuration.source(rule.field) == nullptr)
      ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                      errmsg("a configuration needs \"%s\"", rule.name)));
  configuration.full_name_given = reader.next_bool();
  TenantRules& rules = configuration.rules;
  rules.session_setting = reader.next_text();
  rules.session_required = reader.next_bool();
  const char* administrators = reader.next_text();
  rules.session_administrators =
      administrators == nullptr ? InvalidOid : get_role_oid(administrators, true);
  rules.grants_required = reader.next_bool();
  rules.superusers_exempt = reader.next_bool();
  reader.column += 3;  // secured, dormant and singleton, which are set-up's own, too
  const bool is_current = description->natts >= kColumns;
  configuration.time_zone = is_current ? reader.next_text() : "UTC";
  configuration.right_to_left = !is_current || reader.next_bool();
  configuration.full_name_functions = is_current ? reader.next_text() : nullptr;
  if (is_current) read_names(reader, configuration);
  return configuration;
}

}  // namespace

Configuration configuration_argument(HeapTupleHeader header) {
  TupleDesc description =
      lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
  HeapTupleData row{};
  row.t_len = HeapTupleHeaderGetDatumLength(header);
  row.t_data = header;
  const Configuration configuration = configuration_from_row(&row, description);
  ReleaseTupleDesc(description);
  return configuration;
}

bool read_configuration(Oid schema, Configuration* configuration) {
  const Oid table = get_relname_relid("export_leads_configuration", schema);
  if (!OidIsValid(table) || get_rel_relkind(table) != RELKIND_RELATION) return false;
  Relation relation = table_open(table, AccessShareLock);
  // No snapshot given: the newest committed row, as for a catalog.
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  HeapTuple row = systable_getnext(scan);
  const bool found = HeapTupleIsValid(row);
  if (found) {
    *configuration = configuration_from_row(row, RelationGetDescr(relation));
    configuration->version = {HeapTupleHeaderGetRawXmin(row->t_data), row->t_self};
  }
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
  return found;
}

bool is_same(const Configuration& left, const Configuration& right) {
  ItemPointerData place = left.version.place;
  ItemPointerData other = right.version.place;
  return left.version.written_by == right.version.written_by && ItemPointerEquals(&place, &other);
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
