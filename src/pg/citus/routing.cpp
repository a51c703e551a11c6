// Reads Citus's catalogs, and calls its functions.
#include "pg/citus/routing.hpp"

extern "C" {
#include "nodes/readfuncs.h"
#include "parser/parse_func.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/inval.h"
#include "utils/regproc.h"
#include "utils/varlena.h"
}

namespace export_leads {
namespace {

constexpr const char* kTables = "pg_dist_partition";

Oid catalog(const char* name) { return get_relname_relid(name, PG_CATALOG_NAMESPACE); }

// Which rows of a catalog: those with a value in a column, which has an index of its own.
struct Rows {
  const char* column;
  RegProcedure equals;
  Datum value;
  const char* index;
};
constexpr Rows kAll{nullptr, InvalidOid, 0, nullptr};

// Calls `use` for rows of one of Citus's catalogs, as they are now, whatever the snapshot. It gets
// a function that reads a column of the row.
template <typename Use>
void visit_rows(const char* name, const Rows& rows, Use use) {
  static_assert(std::is_trivially_destructible_v<Use>);
  const Oid id = catalog(name);
  if (!OidIsValid(id)) elog(ERROR, "this version of Citus has no catalog \"%s\"", name);
  Relation relation = table_open(id, AccessShareLock);
  const Oid index = rows.index == nullptr ? InvalidOid : catalog(rows.index);
  const int keys = rows.column == nullptr ? 0 : 1;
  ScanKeyData key;
  if (keys > 0)
    ScanKeyInit(&key, get_attnum(id, rows.column), BTEqualStrategyNumber, rows.equals, rows.value);
  SysScanDesc scan = systable_beginscan(relation, index, OidIsValid(index), nullptr, keys, &key);
  for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));)
    use([&](const char* wanted, bool* is_null) {
      const AttrNumber number = get_attnum(id, wanted);
      if (number <= InvalidAttrNumber)
        elog(ERROR, "Citus's catalog \"%s\" has no column \"%s\"", name, wanted);
      return heap_getattr(row, number, RelationGetDescr(relation), is_null);
    });
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
}

int local_group() {
  int group = 0;
  bool is_null = true;
  visit_rows("pg_dist_local_group", kAll,
             [&](auto get) { group = DatumGetInt32(get("groupid", &is_null)); });
  if (is_null) elog(ERROR, "Citus does not know this node's group");
  return group;
}

Rows rows_of(Oid table) {
  return {"logicalrelid", F_OIDEQ, ObjectIdGetDatum(table),
          "pg_dist_partition_logical_relid_index"};
}

Oid function(const char* name, int count, const Oid* types, bool missing_ok = false) {
  List* names = list_make2(makeString(pstrdup("pg_catalog")), makeString(pstrdup(name)));
  return LookupFuncName(names, count, types, missing_ok);
}

// Calls `body` as the owner of the table: Citus answers nobody else.
template <typename Body>
auto as_owner(Oid table, Body body) {
  static_assert(std::is_trivially_destructible_v<Body>);
  HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
  if (!HeapTupleIsValid(row)) elog(ERROR, "table %u was dropped", table);
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(row))->relowner;
  ReleaseSysCache(row);
  Oid user = InvalidOid;
  int context = 0;
  GetUserIdAndSecContext(&user, &context);
  SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE);
  const auto result = body();
  SetUserIdAndSecContext(user, context);
  return result;
}

AttrNumber column_of_key(Datum key) {
  const auto* column = static_cast<const Var*>(stringToNode(TextDatumGetCString(key)));
  return IsA(column, Var) ? column->varattno : static_cast<AttrNumber>(InvalidAttrNumber);
}

}  // namespace

bool has_citus() { return OidIsValid(catalog(kTables)); }

bool is_distributed(Oid table) {
  bool found = false;
  if (has_citus()) visit_rows(kTables, rows_of(table), [&](auto) { found = true; });
  return found;
}

bool is_coordinator() { return !has_citus() || local_group() == 0; }

// The name that the session began with counts as well: a query can change the current one.
bool is_session_of_citus() {
  constexpr std::string_view kPrefix = "citus_internal gpid=";
  const auto is_of_citus = [&](const char* name) {
    return name != nullptr && std::strncmp(name, kPrefix.data(), kPrefix.size()) == 0;
  };
  return (is_of_citus(GetConfigOption("application_name", true, false)) ||
          is_of_citus(GetConfigOptionResetString("application_name"))) &&
         has_citus();
}

bool reads_locally() {
  const char* value = GetConfigOption("citus.enable_local_execution", true, false);
  return value == nullptr || std::strcmp(value, "on") == 0;
}

DistributedTable distribution_of(Oid table) {
  constexpr char kHash = 'h';
  constexpr char kRange = 'r';
  constexpr char kNone = 'n';
  constexpr char kOnAllNodes = 't';
  DistributedTable found{};
  bool is_found = false;
  visit_rows(kTables, rows_of(table), [&](auto get) {
    is_found = true;
    bool is_null = false;
    bool has_no_key = false;
    const char method = DatumGetChar(get("partmethod", &is_null));
    const char model = DatumGetChar(get("repmodel", &is_null));
    const Datum key = get("partkey", &has_no_key);
    found.distribution = Distribution::unknown;
    if (method == kNone && model == kOnAllNodes) {
      found.distribution = Distribution::reference;
    } else if (method == kNone) {
      found.distribution = Distribution::one_shard;
    } else if ((method == kHash || method == kRange) && !has_no_key) {
      found.distribution = Distribution::by_column;
      found.column = column_of_key(key);
    }
  });
  if (!is_found) elog(ERROR, "table %u is not distributed any more", table);
  return found;
}

std::int64_t shard_of(Oid table, const char* tenant) {
  const Oid types[] = {REGCLASSOID, ANYOID};
  const Oid asked = function("get_shard_id_for_distribution_column", 2, types);
  const Datum value = CStringGetTextDatum(tenant);
  // The function looks up its second argument's type in the call.
  List* arguments = list_make2(
      makeConst(REGCLASSOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(table), false, true),
      makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, value, false, false));
  FmgrInfo called;
  fmgr_info(asked, &called);
  fmgr_info_set_expr(reinterpret_cast<Node*>(makeFuncExpr(asked, INT8OID, arguments, InvalidOid,
                                                          InvalidOid, COERCE_EXPLICIT_CALL)),
                     &called);
  return as_owner(
      table, [&] { return DatumGetInt64(FunctionCall2(&called, ObjectIdGetDatum(table), value)); });
}

Placements placements_of(std::int64_t shard) {
  constexpr int kActive = 1;
  const int group = local_group();
  Placements found{};
  const Rows rows{"shardid", F_INT8EQ, Int64GetDatum(shard), "pg_dist_placement_shardid_index"};
  visit_rows("pg_dist_placement", rows, [&](auto get) {
    bool is_null = false;
    if (DatumGetInt32(get("shardstate", &is_null)) != kActive) return;
    ++found.count;
    found.is_here |= DatumGetInt32(get("groupid", &is_null)) == group;
  });
  return found;
}

void lock_shard(Oid table, std::int64_t shard) {
  const Oid types[] = {INT4OID, INT8ARRAYOID};
  const Oid asked = function("lock_shard_metadata", 2, types);
  Datum element = Int64GetDatum(shard);
  ArrayType* shards =
      construct_array(&element, 1, INT8OID, sizeof(std::int64_t), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
  (void)as_owner(table, [&] {
    return OidFunctionCall2(asked, Int32GetDatum(ShareLock), PointerGetDatum(shards));
  });
  AcceptInvalidationMessages();
}

List* shards_of(Oid table) {
  List* shards = NIL;
  const Rows rows{"logicalrelid", F_OIDEQ, ObjectIdGetDatum(table),
                  "pg_dist_shard_logical_relid_index"};
  visit_rows("pg_dist_shard", rows, [&](auto get) {
    auto* shard = static_cast<Shard*>(palloc(sizeof(Shard)));
    bool is_null = false;
    shard->number = DatumGetInt64(get("shardid", &is_null));
    const Datum least = get("shardminvalue", &is_null);
    shard->least = is_null ? nullptr : TextDatumGetCString(least);
    shards = lappend(shards, shard);
  });
  return shards;
}

Oid table_of_shard(Oid table, std::int64_t shard) {
  // Citus's rule for names that would be too long is its own.
  const Oid types[] = {REGCLASSOID, INT8OID, BOOLOID};
  const Oid qualifying = function("shard_name", 3, types, true);
  const Datum name = OidIsValid(qualifying)
                         ? OidFunctionCall3(qualifying, ObjectIdGetDatum(table),
                                            Int64GetDatum(shard), BoolGetDatum(false))
                         : OidFunctionCall2(function("shard_name", 2, types),
                                            ObjectIdGetDatum(table), Int64GetDatum(shard));
  const RangeVar* found = makeRangeVarFromNameList(textToQualifiedNameList(DatumGetTextPP(name)));
  return get_relname_relid(found->relname, get_rel_namespace(table));
}

}  // namespace export_leads
