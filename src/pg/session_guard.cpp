// Marks cursors as running, and looks at functions as they are about to be called.
#include "pg/session_guard.hpp"

extern "C" {
#include "catalog/objectaccess.h"
#include "storage/lock.h"
#include "utils/portal.h"
}

namespace export_leads {
namespace {

// The cursors that were ready to be used when the export began.
List* held_cursors = NIL;

// The rows of pg_cursors, whose first column is the cursor's name.
ReturnSetInfo* read_cursors() {
  FmgrInfo function{};
  fmgr_info(F_PG_CURSOR, &function);
  auto* result = makeNode(ReturnSetInfo);
  result->econtext = CreateStandaloneExprContext();
  result->allowedModes = SFRM_Materialize;
  LOCAL_FCINFO(call, 0);
  InitFunctionCallInfoData(*call, &function, 0, InvalidOid, nullptr,
                           reinterpret_cast<fmNodePtr>(result));
  (void)FunctionCallInvoke(call);
  return result;
}

void hold_cursor(const char* name) {
  Portal cursor = GetPortalByName(name);
  if (!PortalIsValid(cursor) || cursor->status != PORTAL_READY) return;
  cursor->status = PORTAL_ACTIVE;
  held_cursors = lappend(held_cursors, cursor);
}

// PostgreSQL 17 gave them another argument, and with it other names in fmgroids.h.
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
  if (releases_advisory_locks(function) && holds_advisory_locks())
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("cannot execute %s() within an export", get_func_name(function)),
                    errdetail("The session holds advisory locks, which are its own.")));
}

bool (*is_exporting_now)() = nullptr;
object_access_hook_type next_object_access_hook = nullptr;

void object_access(ObjectAccessType access, Oid catalog, Oid object, int part, void* details) {
  if (next_object_access_hook != nullptr)
    next_object_access_hook(access, catalog, object, part, details);
  if (access == OAT_FUNCTION_EXECUTE && is_exporting_now()) check_side_effects(object);
}

}  // namespace

void hold_cursors() {
  held_cursors = NIL;
  const ReturnSetInfo* cursors = read_cursors();
  TupleTableSlot* slot = MakeSingleTupleTableSlot(cursors->setDesc, &TTSOpsMinimalTuple);
  while (tuplestore_gettupleslot(cursors->setResult, true, false, slot)) {
    bool is_null = false;
    hold_cursor(TextDatumGetCString(slot_getattr(slot, 1, &is_null)));
  }
  ExecDropSingleTupleTableSlot(slot);
  tuplestore_end(cursors->setResult);
}

void release_cursors() {
  ListCell* cell = nullptr;
  foreach (cell, held_cursors) static_cast<Portal>(lfirst(cell))->status = PORTAL_READY;
  held_cursors = NIL;
}

void forbid_side_effects(bool (*is_exporting)()) {
  is_exporting_now = is_exporting;
  next_object_access_hook = object_access_hook;
  object_access_hook = object_access;
}

}  // namespace export_leads
