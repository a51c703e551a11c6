// The sequence of an export. Each step closes a security hole, and their order matters.
#include "pg/export/lead_export.hpp"

#include "pg/export/opened_setup.hpp"
#include "pg/export/progress.hpp"
#include "pg/export/range_export.hpp"
#include "pg/guard/column_guard.hpp"
#include "pg/guard/header.hpp"
#include "pg/guard/kept.hpp"
#include "pg/guard/policy.hpp"
#include "pg/guard/reader_guard.hpp"
#include "pg/guard/session_tenant.hpp"
#include "pg/guard/setup_guard.hpp"
#include "pg/guard/shards.hpp"
#include "pg/guard/tenant_guard.hpp"
#include "pg/query/lead_planner.hpp"
#include "pg/query/time_bound.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/snapshot_age.hpp"
#include "pg/setup/reader_role.hpp"

extern "C" {
#include "access/parallel.h"
#include "utils/inval.h"
}

namespace export_leads {
namespace {

TenantConditions inspect_policies_of(const Setup& setup, FindingSink& sink) {
  TenantConditions conditions{};
  for (const Table table : kTables)
    if (setup.configuration.has(table) && setup.is_inspectable[static_cast<int>(table)])
      conditions.of[static_cast<int>(table)] =
          inspect_policies(setup.configuration, table, setup.tables[table], setup.extension_schema,
                           setup.reader, sink);
  return conditions;
}

// Those of the session's last export where no catalog has changed. Conditions that exports obey are
// inspected each time: what the site has accepted is in a table, whose changes are not announced.
TenantConditions find_or_inspect_policies(const Setup& setup, FindingSink& sink) {
  static Keeper keeper;
  static TenantConditions kept;
  const char* purpose = purpose_of(setup.configuration, setup.reader);
  if (is_kept(keeper, purpose)) return kept;
  const std::uint64_t generation = catalog_generation();
  const TenantConditions conditions = inspect_policies_of(setup, sink);
  if (!is_any_obeyed(conditions) && !IsParallelWorker())
    keep(keeper, generation, purpose, [&] {
      kept = conditions;
      for (TableConditions& condition : kept.of) {
        condition.own = static_cast<const Node*>(copyObjectImpl(condition.own));
        condition.exempting = static_cast<List*>(copyObjectImpl(condition.exempting));
      }
    });
  return conditions;
}

struct WriteTask {
  ExportTask pub;
  RecordWriter* writer;
  WrittenExport written;
};

void run_write(ExportTask* self, const ReadyExport& ready) {
  auto* task = reinterpret_cast<WriteTask*>(self);
  // Taken before the query runs, since code that a policy calls could change the time zone.
  task->written.day = GetSQLCurrentDate();
  RowReceiver receiver = make_row_receiver(task->writer, ready);
  const Division division = plan_division(ready, task->writer);
  if (division.workers == 0 || !export_in_ranges(ready, division, receiver))
    run_query(ready.leads, &receiver.pub);
  task->written.lead_count = receiver.count;
  task->written.bytes = static_cast<std::int64_t>(task->writer->bytes(task->writer));
}

struct ExplainTask {
  ExportTask pub;
  bool run;
  const char* text;
};

void run_explain(ExportTask* self, const ReadyExport& ready) {
  auto* task = reinterpret_cast<ExplainTask*>(self);
  task->text = explain_query(ready.leads, task->run);
}

// The requested range. Times without an offset are in the time zone that users see.
CreationRange creation_range(const Configuration& configuration, const Request& request) {
  const char* zone = configuration.user_time_zone();
  CreationRange range{};
  range.has_from = request.created_from != nullptr;
  range.has_to = request.created_to != nullptr;
  if (range.has_from) range.from = bound_in_zone(request.created_from, zone);
  if (range.has_to) range.to = bound_in_zone(request.created_to, zone);
  if (range.has_from && range.has_to && range.from > range.to)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("created_from must not be after created_to")));
  return range;
}

struct Blame {
  MemoryContext memory;
  const char* hint;
};

// Turns a privilege or lookup error in the sandbox into an error about the set-up. The caller's own
// rights were checked before; what is denied or missing in the sandbox is denied to the reader or
// missing for it, so the set-up is no longer right. An error with a context comes from code that a
// policy or an expression calls, and is left as it is. "parallel worker" is the one context that
// says nothing about such code.
void blame_setup(void* context) {
  const auto* blame = static_cast<const Blame*>(context);
  const int code = geterrcode();
  if (ERRCODE_TO_CATEGORY(code) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION &&
      code != ERRCODE_INVALID_SCHEMA_NAME)
    return;
  MemoryContext caller = MemoryContextSwitchTo(blame->memory);
  const ErrorData* error = CopyErrorData();
  MemoryContextSwitchTo(caller);
  const bool is_ours =
      error->context == nullptr || std::strcmp(error->context, _("parallel worker")) == 0;
  if (error->elevel < ERROR || !is_ours) return;
  errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
  errhint("%s", blame->hint);
  internalerrposition(0);
  internalerrquery(nullptr);
}

// The two results of an attempt to export. An attempt can be repeated while it has returned
// nothing: a new snapshot may see what the old one did not.
constexpr bool kAgain = false;
constexpr bool kDone = true;

constexpr const char* kPartitionsOrChildren = "the partitions or children of a table";

// Asks for another attempt. In REPEATABLE READ and SERIALIZABLE the transaction keeps its snapshot,
// so another attempt could not see the change either: raises 40001.
bool again(const char* what) {
  if (IsolationUsesXactSnapshot()) raise_concurrent_change(what);
  return kAgain;
}

bool is_configuration_current(const Setup& setup) {
  ConfiguredTables now{};
  return read_configured_tables(setup.extension_schema, &now) &&
         is_same(now.version, setup.configuration.version);
}

// Plans and runs the queries exactly as they were inspected. Returns kAgain where a plan would read
// a table that was not locked before the snapshot was taken, or that the snapshot does not see.
bool run_queries(const Setup& setup, const LeadPlanner& planner, ExportTask* task) {
  InspectedQueries queries = prepare_queries(planner);
  // Settings that code in the statuses' policies changes are undone at the end of this level.
  const int settings = NewGUCNestLevel();
  const PlannedQuery in_statuses = plan_status(queries.status);
  const PlannedQuery in_leads = plan_inspected(queries.lead_status);
  if (reads_unlocked(setup.tables, in_statuses.plan) ||
      reads_unlocked(setup.tables, in_leads.plan)) {
    forget_plan_of_status();
    return again(kPartitionsOrChildren);
  }
  const FoundStatus found = find_status(planner, in_statuses);
  const ExportStatus status = decide_status(planner, found, is_in_leads(planner, in_leads));
  forget_settings(settings);
  const PlannedQuery leads = plan_leads(planner, queries, status);
  if (reads_unlocked(setup.tables, leads.plan)) return again(kPartitionsOrChildren);
  task->run(task, {setup, planner, queries, leads, status});
  AcceptInvalidationMessages();  // so that the check below sees changes made since the snapshot
  check_functions_unchanged(GetActiveSnapshot(), queries);
  return kDone;
}

// All reading of rows happens here: as the reader, for one tenant, in one snapshot.
bool run_in_snapshot(Setup& setup, const Tenant& tenant, const FileColumns& columns,
                     const Request& request, const CreationRange& created, const char* hint,
                     ExportTask* task) {
  if (!is_configuration_current(setup)) return again("the configuration of export_leads");
  if (!keep_seen(GetActiveSnapshot(), setup.tables)) return again(kPartitionsOrChildren);
  if (IsolationUsesXactSnapshot()) check_unchanged_since(GetActiveSnapshot(), setup.tables);
  FindingSink sink = raising_sink();
  const TenantConditions conditions = find_or_inspect_policies(setup, sink);
  const LeadPlanner planner{setup.configuration,
                            conditions,
                            setup.reader,
                            columns,
                            &tenant,
                            request,
                            created,
                            sink,
                            hint};
  const bool is_done = run_queries(setup, planner, task);
  // All rows were read under row security as it applies to this role. The role must still be what
  // was inspected.
  if (is_done)
    check_reader_unchanged(GetActiveSnapshot(), setup.configuration, setup.tables, setup.reader);
  return is_done;
}

bool run_in_sandbox(Setup& setup, const Tenant& tenant, const FileColumns& columns,
                    const Request& request, const CreationRange& created, ExportTask* task) {
  Blame blame{CurrentMemoryContext, see_check()};
  ErrorContextCallback blaming{error_context_stack, blame_setup, &blame};
  error_context_stack = &blaming;
  const Sandbox sandbox = enter_sandbox(setup.reader);
  const char* shown_time_zone = setup.configuration.shown_time_zone;
  if (shown_time_zone != nullptr) pin_time_zone(shown_time_zone);
  set_tenant(tenant.text);
  // As SPI does for a volatile function: makes visible what this transaction has written so far.
  CommandCounterIncrement();
  const CommandId before = GetCurrentCommandId(false);
  PushActiveSnapshot(IsParallelWorker() ? GetActiveSnapshot() : GetTransactionSnapshot());
  // Brings the caches up to date with the snapshot. Otherwise this process could act on older
  // catalogs than parallel workers, which begin with empty caches.
  AcceptInvalidationMessages();
  const bool is_done = run_in_snapshot(setup, tenant, columns, request, created, blame.hint, task);
  PopActiveSnapshot();
  leave_sandbox(sandbox);
  error_context_stack = blaming.previous;
  check_nothing_written(before);
  return is_done;
}

bool try_export(Oid extension_schema, const Request& request, const RowsRead& rows,
                ExportTask* task) {
  FindingSink sink = raising_sink();
  Setup setup = open_complete_setup(extension_schema, rows);
  const FileColumns columns =
      select_columns(setup.configuration, extension_schema, request.columns);
  inspect_headers(columns, sink);
  const CreationRange created = creation_range(setup.configuration, request);
  const Tenant tenant = read_tenant(setup.configuration, request.tenant);
  if (!IsParallelWorker()) {  // whose leader does both
    (void)check_caller(setup.configuration, extension_schema, setup.reader, request.caller, tenant);
    begin_progress(setup.configuration.table(Table::leads));
  }
  const bool is_done = run_in_sandbox(setup, tenant, columns, request, created, task);
  end_progress();
  close_setup(setup);
  return is_done;
}

// How many attempts an export makes before it gives up. An attempt fails only where something
// changes in the short time between taking its locks and planning.
constexpr int kAttempts = 10;

void run_export(Oid extension_schema, const Request& request, ExportTask* task) {
  for (int attempt = 0; attempt < kAttempts; ++attempt)
    if (try_export(extension_schema, request, {request.tenant, nullptr}, task) == kDone) return;
  raise_concurrent_change(kPartitionsOrChildren);
}

void inspect_export_from(Oid extension_schema, const RowsRead& rows, ColumnNames names,
                         FindingSink& sink) {
  const Setup setup = open_setup(extension_schema, rows, sink);
  if (OidIsValid(setup.reader)) {
    const Sandbox sandbox = enter_sandbox(setup.reader);
    const int before = sink.count;
    const TenantConditions conditions = inspect_policies_of(setup, sink);
    if (setup.is_complete && sink.count == before) {
      const FileColumns columns = select_columns(setup.configuration, extension_schema, names);
      const Request request{};
      const LeadPlanner any{setup.configuration,
                            conditions,
                            setup.reader,
                            columns,
                            nullptr,
                            request,
                            {},
                            sink,
                            nullptr};
      prepare_all(any);
      inspect_session_tenant(setup.configuration.rules, setup.reader, sink);
    }
    leave_sandbox(sandbox);
    // Headers only matter among all columns: see _export_leads_check_columns().
    if (setup.is_complete && names.names == nullptr)
      inspect_headers(all_columns(setup.configuration, extension_schema), sink);
  }
  close_setup(setup);
}

}  // namespace

WrittenExport write_export(Oid extension_schema, const Request& request, RecordWriter* writer) {
  MemoryContext work =
      AllocSetContextCreate(CurrentMemoryContext, "export_leads", ALLOCSET_DEFAULT_SIZES);
  MemoryContext caller = MemoryContextSwitchTo(work);
  WriteTask task{{run_write}, writer, {}};
  run_export(extension_schema, request, &task.pub);
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(work);
  return task.written;
}

void run_export_in_worker(Oid extension_schema, const Request& request,
                          const Oid (&tables)[kTableCount], ExportTask* task) {
  (void)try_export(extension_schema, request, {nullptr, tables}, task);
}

const char* explain_export(Oid extension_schema, const Request& request, bool run) {
  ExplainTask task{{run_explain}, run, nullptr};
  run_export(extension_schema, request, &task.pub);
  return task.text;
}

// The shards of a node are alike, so that one with a finding stands for those after it.
void inspect_export(Oid extension_schema, ColumnNames names, FindingSink& sink) {
  Configuration configuration{};
  const List* sets =
      read_configuration(extension_schema, &configuration) ? find_tables_here(configuration) : NIL;
  if (sets == NIL) inspect_export_from(extension_schema, {}, names, sink);
  ListCell* cell = nullptr;
  foreach (cell, sets)
    if (sink.count == 0)
      inspect_export_from(extension_schema,
                          {nullptr, static_cast<const TablesHere*>(lfirst(cell))->of}, names, sink);
}

}  // namespace export_leads
