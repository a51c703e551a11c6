// Finds functions in query trees and in pg_depend, and lets PostgreSQL print their definitions.
#include "pg/sandbox/called_functions.hpp"

#include "pg/sandbox/query_walk.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/snapshot_age.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_operator.h"
#include "lib/stringinfo.h"
#include "optimizer/optimizer.h"
#include "utils/regproc.h"
}

namespace export_leads {
namespace {

void add_function(Oid function, void* state) {
  List** functions = static_cast<List**>(state);
  if (get_func_namespace(function) != PG_CATALOG_NAMESPACE)
    *functions = list_append_unique_oid(*functions, function);
}

// The function that an entry of pg_depend refers to, directly or through an operator; InvalidOid
// where it refers to something else.
Oid function_behind(const FormData_pg_depend* dependency) {
  if (dependency->refclassid == ProcedureRelationId) return dependency->refobjid;
  if (dependency->refclassid == OperatorRelationId) return get_opcode(dependency->refobjid);
  return InvalidOid;
}

void add_functions_called_by(Oid function, Relation dependencies, List** functions) {
  ScanKeyData keys[2];
  ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(ProcedureRelationId));
  ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
              ObjectIdGetDatum(function));
  SysScanDesc scan =
      systable_beginscan(dependencies, DependDependerIndexId, true, nullptr, 2, keys);
  for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));) {
    const Oid called = function_behind(reinterpret_cast<Form_pg_depend>(GETSTRUCT(row)));
    if (OidIsValid(called)) add_function(called, functions);
  }
  systable_endscan(scan);
}

const char* function_name(Oid function) {
  return OidIsValid(function) ? format_procedure_qualified(function) : "NONE";
}

// The definition of an aggregate: which functions it consists of. Their own definitions are found
// like those of any called function.
const char* aggregate_definition(Oid function) {
  HeapTuple row = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for aggregate %u", function);
  bool is_null = false;
  const Datum value = SysCacheGetAttr(AGGFNOID, row, Anum_pg_aggregate_agginitval, &is_null);
  const auto* aggregate = reinterpret_cast<Form_pg_aggregate>(GETSTRUCT(row));
  const char* shown = psprintf(
      "AGGREGATE %s SFUNC %s FINALFUNC %s COMBINEFUNC %s MSFUNC %s MINVFUNC %s MFINALFUNC %s "
      "STYPE %s INITCOND %s",
      format_procedure_qualified(function), function_name(aggregate->aggtransfn),
      function_name(aggregate->aggfinalfn), function_name(aggregate->aggcombinefn),
      function_name(aggregate->aggmtransfn), function_name(aggregate->aggminvtransfn),
      function_name(aggregate->aggmfinalfn), format_type_be_qualified(aggregate->aggtranstype),
      is_null ? "NULL" : quote_literal_cstr(TextDatumGetCString(value)));
  ReleaseSysCache(row);
  return shown;
}

const char* definition(Oid function) {
  HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for function %u", function);
  const auto* procedure = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row));
  const bool is_aggregate = procedure->prokind == PROKIND_AGGREGATE;
  const char* owner =
      procedure->prosecdef ? GetUserNameFromId(procedure->proowner, false) : nullptr;
  ReleaseSysCache(row);
  if (is_aggregate) return aggregate_definition(function);
  const char* shown =
      TextDatumGetCString(DirectFunctionCall1(pg_get_functiondef, ObjectIdGetDatum(function)));
  return owner == nullptr ? shown : psprintf("%sOWNER TO %s\n", shown, quote_identifier(owner));
}

int compare_texts(const ListCell* left, const ListCell* right) {
  return std::strcmp(static_cast<const char*>(lfirst(left)),
                     static_cast<const char*>(lfirst(right)));
}

}  // namespace

namespace {

// Whether the default of one of the function's arguments is mutable. The planner inserts defaults
// into calls, so they are not in the tree yet.
bool has_mutable_default(Oid function) {
  HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for function %u", function);
  bool is_null = false;
  const Datum defaults = SysCacheGetAttr(PROCOID, row, Anum_pg_proc_proargdefaults, &is_null);
  const bool is_mutable =
      !is_null &&
      contain_mutable_functions(static_cast<Node*>(stringToNode(TextDatumGetCString(defaults))));
  ReleaseSysCache(row);
  return is_mutable;
}

// Whether a tree makes XML, which prints values by the session's settings, or samples a table,
// which gives other rows each time. PostgreSQL does not count either as a mutable function.
bool prints_or_samples(Node* node, void* state) {
  if (node == nullptr) return false;
  if (IsA(node, XmlExpr) || IsA(node, TableFunc)) return true;
  if (!IsA(node, Query)) return walk_below(node, prints_or_samples, state);
  ListCell* cell = nullptr;
  foreach (cell, castNode(Query, node)->rtable)
    if (lfirst_node(RangeTblEntry, cell)->tablesample != nullptr) return true;
  return walk_query(castNode(Query, node), prints_or_samples, state);
}

}  // namespace

Oid function_owner(Oid function) {
  HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(row)) elog(ERROR, "cache lookup failed for function %u", function);
  const Oid owner = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->proowner;
  ReleaseSysCache(row);
  return owner;
}

bool is_mutable(Node* node) {
  if (contain_mutable_functions(node) || prints_or_samples(node, nullptr)) return true;
  ListCell* cell = nullptr;
  foreach (cell, called_functions(node))
    if (has_mutable_default(lfirst_oid(cell))) return true;
  return false;
}

List* called_functions(Node* node) {
  List* functions = NIL;
  visit_functions(node, add_function, &functions);
  if (functions == NIL) return NIL;
  Relation dependencies = table_open(DependRelationId, AccessShareLock);
  for (int i = 0; i < list_length(functions); ++i)
    add_functions_called_by(list_nth_oid(functions, i), dependencies, &functions);
  table_close(dependencies, AccessShareLock);
  return functions;
}

const char* function_definitions(const List* functions) {
  if (functions == NIL) return "";
  const int settings = NewGUCNestLevel();
  pin_settings();
  pin_time_zone("UTC");
  List* texts = NIL;
  ListCell* cell = nullptr;
  foreach (cell, functions) texts = lappend(texts, const_cast<char*>(definition(lfirst_oid(cell))));
  // By text: the order of the OIDs would not survive a dump and restore.
  list_sort(texts, compare_texts);
  StringInfoData all;
  initStringInfo(&all);
  foreach (cell, texts) appendStringInfo(&all, "\n%s", static_cast<const char*>(lfirst(cell)));
  AtEOXact_GUC(false, settings);
  return all.data;
}

void check_functions_unchanged(Snapshot snapshot, const List* functions) {
  ListCell* cell = nullptr;
  foreach (cell, functions) {
    HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(lfirst_oid(cell)));
    if (!HeapTupleIsValid(row)) raise_concurrent_change("a function that the export calls");
    if (is_newer(row, snapshot))
      raise_concurrent_change(
          psprintf("function %s", format_procedure_qualified(lfirst_oid(cell))));
    ReleaseSysCache(row);
  }
}

}  // namespace export_leads
