// Marks cursors as running, and checks functions and SET CONSTRAINTS as they are about to run.
#include "pg/sandbox/session_guard.hpp"

extern "C" {
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_constraint.h"
#include "storage/lock.h"
#include "tcop/utility.h"
#include "utils/plancache.h"
#include "utils/portal.h"
}

namespace export_leads {
namespace {

// The names of all cursors, from the first column of pg_cursors.
List* cursor_names() {
  FmgrInfo function{};
  fmgr_info(F_PG_CURSOR, &function);
  auto* result = makeNode(ReturnSetInfo);
  result->econtext = CreateStandaloneExprContext();
  result->allowedModes = SFRM_Materialize;
  LOCAL_FCINFO(call, 0);
  InitFunctionCallInfoData(*call, &function, 0, InvalidOid, nullptr,
                           reinterpret_cast<fmNodePtr>(result));
  (void)FunctionCallInvoke(call);
  List* names = NIL;
  TupleTableSlot* slot = MakeSingleTupleTableSlot(result->setDesc, &TTSOpsMinimalTuple);
  while (tuplestore_gettupleslot(result->setResult, true, false, slot)) {
    bool is_null = false;
    names = lappend(names, TextDatumGetCString(slot_getattr(slot, 1, &is_null)));
  }
  ExecDropSingleTupleTableSlot(slot);
  tuplestore_end(result->setResult);
  return names;
}

bool is_among(const List* names, const char* name) {
  ListCell* cell = nullptr;
  foreach (cell, names)
    if (std::strcmp(static_cast<const char*>(lfirst(cell)), name) == 0) return true;
  return false;
}

Portal ready_cursor(const char* name) {
  Portal cursor = GetPortalByName(name);
  return PortalIsValid(cursor) && cursor->status == PORTAL_READY ? cursor : nullptr;
}

// The two pg_logical_emit_message() functions. Their names in fmgroids.h changed in PostgreSQL 17,
// with a new argument; their OIDs did not.
constexpr Oid kLogicalEmitMessage[] = {3577, 3578};

bool writes(Oid function) {
  switch (function) {
    case F_NEXTVAL:
    case F_SETVAL_REGCLASS_INT8:
    case F_SETVAL_REGCLASS_INT8_BOOL:
    case kLogicalEmitMessage[0]:
    case kLogicalEmitMessage[1]:
      return true;
    default:
      return false;
  }
}

// Whether a function uses the session's open large objects, which were opened with the caller's
// rights.
bool uses_large_objects(Oid function) {
  switch (function) {
    case F_LOREAD:
    case F_LOWRITE:
    case F_LO_LSEEK:
    case F_LO_LSEEK64:
    case F_LO_TELL:
    case F_LO_TELL64:
    case F_LO_TRUNCATE:
    case F_LO_TRUNCATE64:
    case F_LO_CLOSE:
      return true;
    default:
      return false;
  }
}

bool releases_advisory_locks(Oid function) {
  switch (function) {
    case F_PG_ADVISORY_UNLOCK_INT8:
    case F_PG_ADVISORY_UNLOCK_SHARED_INT8:
    case F_PG_ADVISORY_UNLOCK_INT4_INT4:
    case F_PG_ADVISORY_UNLOCK_SHARED_INT4_INT4:
    case F_PG_ADVISORY_UNLOCK_ALL:
      return true;
    default:
      return false;
  }
}

bool holds_advisory_locks() {
  const LockData* locks = GetLockStatusData();
  for (int i = 0; i < locks->nelements; ++i) {
    const LockInstanceData& lock = locks->locks[i];
    if (lock.pid == MyProcPid && lock.locktag.locktag_type == LOCKTAG_ADVISORY &&
        lock.holdMask != 0)
      return true;
  }
  return false;
}

void check_side_effects(Oid function) {
  if (writes(function))
    ereport(ERROR,
            (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
             errmsg("cannot execute %s() in a read-only transaction", get_func_name(function))));
  if (uses_large_objects(function))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cannot execute %s() within an export", get_func_name(function))));
  if (releases_advisory_locks(function) && holds_advisory_locks())
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cannot execute %s() within an export", get_func_name(function)),
                    errdetail("The session holds advisory locks, which are its own.")));
}

bool takes_advisory_locks(Oid function) {
  switch (function) {
    case F_PG_ADVISORY_LOCK_INT8:
    case F_PG_ADVISORY_LOCK_SHARED_INT8:
    case F_PG_ADVISORY_LOCK_INT4_INT4:
    case F_PG_ADVISORY_LOCK_SHARED_INT4_INT4:
    case F_PG_TRY_ADVISORY_LOCK_INT8:
    case F_PG_TRY_ADVISORY_LOCK_SHARED_INT8:
    case F_PG_TRY_ADVISORY_LOCK_INT4_INT4:
    case F_PG_TRY_ADVISORY_LOCK_SHARED_INT4_INT4:
      return true;
    default:
      return false;
  }
}

// Whether the session may hold advisory locks. True at first, as it may have taken some before this
// library was loaded.
bool may_hold_advisory_locks = true;

bool (*is_exporting_now)() = nullptr;
object_access_hook_type next_object_access_hook = nullptr;
ProcessUtility_hook_type next_process_utility = nullptr;

void object_access(ObjectAccessType access, Oid catalog, Oid object, int part, void* details) {
  if (next_object_access_hook != nullptr)
    next_object_access_hook(access, catalog, object, part, details);
  if (access != OAT_FUNCTION_EXECUTE) return;
  may_hold_advisory_locks |= takes_advisory_locks(object);
  if (is_exporting_now()) check_side_effects(object);
}

bool is_constraint(const char* name) {
  Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_constraint_conname, BTEqualStrategyNumber, F_NAMEEQ,
              CStringGetDatum(name));
  SysScanDesc scan =
      systable_beginscan(constraints, ConstraintNameNspIndexId, true, nullptr, 1, &key);
  const bool found = HeapTupleIsValid(systable_getnext(scan));
  systable_endscan(scan);
  table_close(constraints, AccessShareLock);
  return found;
}

// Whether a statement is a SET CONSTRAINTS that could check now what the caller has deferred: as
// the reader, who sees the rows of one tenant only, and with no second check later. Where no
// constraint has the name, PostgreSQL's own error is clearer.
bool sets_constraints(const Node* statement) {
  if (!IsA(statement, ConstraintsSetStmt)) return false;
  const List* names = reinterpret_cast<const ConstraintsSetStmt*>(statement)->constraints;
  if (names == NIL) return true;
  ListCell* cell = nullptr;
  foreach (cell, names)
    if (is_constraint(lfirst_node(RangeVar, cell)->relname)) return true;
  return false;
}

void process_utility(PlannedStmt* statement, const char* text, bool is_read_only,
                     ProcessUtilityContext context, ParamListInfo parameters,
                     QueryEnvironment* environment, DestReceiver* receiver,
                     QueryCompletion* completion) {
  if (is_exporting_now() && sets_constraints(statement->utilityStmt))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cannot execute SET CONSTRAINTS within an export")));
  const ProcessUtility_hook_type next =
      next_process_utility != nullptr ? next_process_utility : standard_ProcessUtility;
  next(statement, text, is_read_only, context, parameters, environment, receiver, completion);
}

}  // namespace

void hold_advisory_locks() {
  if (!may_hold_advisory_locks) return;
  may_hold_advisory_locks = holds_advisory_locks();
  if (may_hold_advisory_locks) ResetPlanCache();
}

HeldCursors hold_cursors() {
  HeldCursors held{cursor_names(), NIL};
  ListCell* cell = nullptr;
  foreach (cell, held.names) {
    Portal cursor = ready_cursor(static_cast<const char*>(lfirst(cell)));
    if (cursor != nullptr) held.ready = lappend(held.ready, cursor);
  }
  foreach (cell, held.ready) static_cast<Portal>(lfirst(cell))->status = PORTAL_ACTIVE;
  return held;
}

void close_other_cursors(const HeldCursors& held) {
  ListCell* cell = nullptr;
  foreach (cell, cursor_names()) {
    const char* name = static_cast<const char*>(lfirst(cell));
    Portal cursor = is_among(held.names, name) ? nullptr : ready_cursor(name);
    if (cursor != nullptr) PortalDrop(cursor, false);
  }
}

void release_cursors(const HeldCursors& held) {
  ListCell* cell = nullptr;
  foreach (cell, held.ready) static_cast<Portal>(lfirst(cell))->status = PORTAL_READY;
}

void forbid_side_effects(bool (*is_exporting)()) {
  is_exporting_now = is_exporting;
  next_object_access_hook = object_access_hook;
  object_access_hook = object_access;
  next_process_utility = ProcessUtility_hook;
  ProcessUtility_hook = process_utility;
}

}  // namespace export_leads
