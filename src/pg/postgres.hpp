// The only header that includes PostgreSQL's headers, and the only place that depends on
// PostgreSQL's version.
//
// The zone rule: in every file that includes this header, any call into PostgreSQL may end in
// ereport(), that is in a longjmp(). So no object in these files has a destructor, and nothing here
// throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

extern "C" {
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "commands/progress.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_clause.h"
#include "parser/parse_collate.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "rewrite/rowsecurity.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/backend_progress.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
}

static_assert(PG_VERSION_NUM >= 150000, "export_leads needs PostgreSQL 15 or newer");

namespace export_leads {

/// Runs a started query forward to its last row. Before PostgreSQL 18, ExecutorRun() also takes a
/// flag that says the query runs only once; parallel plans need it.
inline void run_to_end(QueryDesc* query) {
#if PG_VERSION_NUM >= 180000
  ExecutorRun(query, ForwardScanDirection, 0);
#else
  ExecutorRun(query, ForwardScanDirection, 0, true);
#endif
}

/// The planner's estimate of a plan's total cost. A plan step that an enable_ setting forbids adds
/// 1e10 to the cost before PostgreSQL 18; since then such steps are counted separately, and the
/// same amount is added here.
inline Cost estimated_cost(const PlannedStmt* plan) {
#if PG_VERSION_NUM >= 180000
  return plan->planTree->total_cost + 1.0e10 * plan->planTree->disabled_nodes;
#else
  return plan->planTree->total_cost;
#endif
}

/// The clause of REVOKE that says whose grant of a membership to revoke. Since PostgreSQL 16 a role
/// can be granted to the same member by several grantors. Before 16 REVOKE needs no grantor, and
/// the recorded one may no longer exist, so the clause is empty.
inline const char* granted_by([[maybe_unused]] Form_pg_auth_members membership) {
#if PG_VERSION_NUM >= 160000
  return psprintf(" GRANTED BY %s",
                  quote_identifier(GetUserNameFromId(membership->grantor, false)));
#else
  return "";
#endif
}

/// Writes EXPLAIN's output for a plan into `explain`. PostgreSQL 17 added an argument for the
/// planner's memory use, which is left out here.
inline void explain_plan(PlannedStmt* plan, ExplainState* explain, const char* text,
                         ParamListInfo parameters) {
#if PG_VERSION_NUM >= 170000
  ExplainOnePlan(plan, nullptr, explain, text, parameters, nullptr, nullptr, nullptr, nullptr);
#else
  ExplainOnePlan(plan, nullptr, explain, text, parameters, nullptr, nullptr, nullptr);
#endif
}

/// The columns of `entry` that `query` reads, as attribute numbers minus
/// FirstLowInvalidHeapAttributeNumber. PostgreSQL 16 moved this set from the range table entry to a
/// list of its own in the query.
inline Bitmapset* selected_columns([[maybe_unused]] const Query* query, RangeTblEntry* entry) {
#if PG_VERSION_NUM >= 160000
  return getRTEPermissionInfo(query->rteperminfos, entry)->selectedCols;
#else
  return entry->selectedCols;
#endif
}

/// walk_below() calls `walker` for the direct children of `node`, walk_query() for everything in
/// `query`. Before PostgreSQL 16 a walker was declared without parameters, so its type has to be
/// cast.
using TreeWalker = bool (*)(Node* node, void* context);
#if PG_VERSION_NUM >= 160000
inline bool walk_below(Node* node, TreeWalker walker, void* context) {
  return expression_tree_walker(node, walker, context);
}
inline bool walk_query(Query* query, TreeWalker walker, void* context) {
  return query_tree_walker(query, walker, context, 0);
}
#else
inline auto undeclared(TreeWalker walker) {
  return reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker));
}
inline bool walk_below(Node* node, TreeWalker walker, void* context) {
  return expression_tree_walker(node, undeclared(walker), context);
}
inline bool walk_query(Query* query, TreeWalker walker, void* context) {
  return query_tree_walker(query, undeclared(walker), context, 0);
}
#endif

/// Whether `role` has USAGE on a schema. PostgreSQL 16 replaced the check functions of the single
/// object kinds with one function.
inline bool has_schema_usage(Oid schema, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

/// Whether `role` has EXECUTE on a function.
inline bool has_function_execute(Oid function, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
#else
  return pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

/// Whether PostgreSQL can read a text as a date and time under the session's settings. Raises
/// nothing. PostgreSQL 16 added an argument that describes the error.
inline bool is_date_time(const char* text) {
  char work[MAXDATELEN + MAXDATEFIELDS];
  char* fields[MAXDATEFIELDS];
  int kinds[MAXDATEFIELDS];
  int count = 0;
  int kind = 0;
  pg_tm time{};
  fsec_t fraction = 0;
  int zone = 0;
  if (ParseDateTime(text, work, sizeof work, fields, kinds, MAXDATEFIELDS, &count) != 0)
    return false;
#if PG_VERSION_NUM >= 160000
  DateTimeErrorExtra extra{};
  return DecodeDateTime(fields, kinds, count, &kind, &time, &fraction, &zone, &extra) == 0;
#else
  return DecodeDateTime(fields, kinds, count, &kind, &time, &fraction, &zone) == 0;
#endif
}

/// The bytes of a text value, which must already be detoasted.
inline std::string_view text_view(const text* value) {
  return {VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))};
}

}  // namespace export_leads
