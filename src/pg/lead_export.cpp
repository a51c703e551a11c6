// The sequence of an export. Each step closes a hole; their order matters.
#include "core/status.hpp"
#include "pg/lead_export.hpp"

#include "pg/policy.hpp"
#include "pg/progress.hpp"
#include "pg/row_receiver.hpp"
#include "pg/sandbox.hpp"
#include "pg/setup_guard.hpp"
#include "pg/status_receiver.hpp"
#include "pg/tenant_guard.hpp"

namespace export_leads {
namespace {

// Everything an export needs to know of its surroundings.
struct Setup {
  Oid extension_schema;
  Oid reader;
  Configuration configuration;
  LockedTables tables;
  bool is_inspectable[kTableCount];  // a table's policies
  bool is_complete;                  // everything: the queries can be analyzed
};

// Reads the configuration, locks the tables, inspects them and the reader.
Setup open_setup(Oid extension_schema, FindingSink& sink) {
  Setup setup{};
  setup.extension_schema = extension_schema;
  if (!read_configuration(extension_schema, &setup.configuration)) {
    sink(not_set_up());
    return setup;
  }
  setup.tables = lock_tables(setup.configuration);
  setup.reader = reader_role();
  setup.is_complete = inspect_reader(setup.tables, setup.reader, sink);
  if (OidIsValid(setup.reader)) inspect_grants(setup.tables, extension_schema, setup.reader, sink);
  for (const Table table : kTables) {
    bool& is_inspectable = setup.is_inspectable[static_cast<int>(table)];
    is_inspectable = inspect_table(setup.configuration, setup.tables, table, extension_schema,
                                   setup.reader, sink);
    setup.is_complete &= is_inspectable;
  }
  return setup;
}

TenantConditions inspect_policies_of(const Setup& setup, FindingSink& sink) {
  TenantConditions conditions{};
  for (const Table table : kTables)
    if (setup.is_inspectable[static_cast<int>(table)])
      conditions.of[static_cast<int>(table)] =
          inspect_policies(setup.configuration, table, setup.tables[table], setup.extension_schema,
                           setup.reader, sink);
  return conditions;
}

struct InspectedQuery {
  QueryText text;
  Query* query;
};

// What an export runs in: the set-up, the tenant (nullptr for the doctor) and what was asked for.
struct Export {
  const Setup& setup;
  const TenantConditions& conditions;
  const FileColumns& columns;
  const Tenant* tenant;
  const Request& request;
  FindingSink& sink;
};

std::string_view lower_status(std::string_view status) {
  char* lower = static_cast<char*>(palloc(status.size() + 1));
  return {lower, static_cast<std::size_t>(core::write_lower(lower, status) - lower)};
}

// Analyzes a query as the reader and inspects what it became.
InspectedQuery prepare_query(const Export& of, const QueryText& text) {
  Query* query = analyze_query(text);
  inspect_query(query, of.setup.configuration, of.conditions, of.setup.reader, of.sink);
  return {text, query};
}

InspectedQuery prepare_status(const Export& of) {
  const std::string_view status = of.request.status;
  return prepare_query(
      of, status_query(of.setup.configuration, of.tenant, status, lower_status(status)));
}

InspectedQuery prepare_leads(const Export& of, CallLookup lookup) {
  return prepare_query(
      of, lead_query(of.setup.configuration, of.tenant, of.columns, of.request.created, lookup));
}

Status find_status(const Export& of, const InspectedQuery& query) {
  StatusReceiver receiver = make_status_receiver(of.tenant);
  // Another query may be analyzed after this one: what code behind the statuses' policies SETs ends
  // here, before a name or a literal could mean something else.
  const int settings = NewGUCNestLevel();
  run_query(plan_query(query.query, query.text), &receiver.pub);
  AtEOXact_GUC(false, settings);
  Status status{};
  status.name =
      receiver.name != nullptr ? text_view(receiver.name) : lower_status(of.request.status);
  status.label = receiver.label != nullptr ? text_view(receiver.label) : status.name;
  return status;
}

PlannedQuery plan_leads(InspectedQuery& leads, const Status& status) {
  bind_status(leads.text, status.name);
  return plan_query(leads.query, leads.text);
}

Cost cost(const PlannedQuery& planned) { return planned.plan->planTree->total_cost; }

// The estimate for one look per lead counts each as a visit to the disk; in truth the pages are
// soon in memory. Measured, it is still the faster way where its estimate is six times the other's,
// and the slower one where that is twenty-six times, or, without an index, thousands.
constexpr Cost kLookupPerLeadBias = 10;

// Below this estimate (about a tenth of a second) the other way is not worth planning.
constexpr Cost kCheap = 20'000;

// One pass finds one call for each id that the calls' own type tells apart. Where the lead's id
// compares otherwise (a collation that ignores case, a float with an integer) that would double
// leads or lose calls.
bool can_find_at_once(const Configuration& configuration) {
  for (const Field id : {Field::lead_id, Field::call_lead_id}) {
    const Table table = kFields[static_cast<int>(id)].table;
    if (!OidIsValid(tenant_type(configuration.table(table), configuration.source(id))))
      return false;
  }
  return true;
}

// Chooses how the latest calls are found. Nothing of the leads is read yet.
PlannedQuery choose_plan(const Export& of, InspectedQuery& per_lead, const Status& status) {
  const PlannedQuery planned = plan_leads(per_lead, status);
  if (of.columns.call_columns == NIL || cost(planned) < kCheap ||
      !can_find_at_once(of.setup.configuration))
    return planned;
  InspectedQuery at_once = prepare_leads(of, CallLookup::at_once);
  const PlannedQuery other = plan_leads(at_once, status);
  return cost(planned) <= kLookupPerLeadBias * cost(other) ? planned : other;
}

// What is done with the leads once they may be read: writing a file, or explaining how.
struct Task {
  void (*run)(Task* self, const Export& of, const PlannedQuery& leads, const Status& status);
};

struct WriteTask {
  Task pub;
  RecordWriter* writer;
  std::int64_t count;
};

void run_write(Task* self, const Export& of, const PlannedQuery& leads, const Status& status) {
  auto* task = reinterpret_cast<WriteTask*>(self);
  RowReceiver receiver = make_row_receiver(task->writer, &of.columns, of.tenant, status,
                                           of.setup.configuration.right_to_left);
  run_query(leads, &receiver.pub);
  task->count = receiver.count;
}

struct ExplainTask {
  Task pub;
  bool run;
  const char* text;
};

void run_explain(Task* self, const Export&, const PlannedQuery& leads, const Status&) {
  auto* task = reinterpret_cast<ExplainTask*>(self);
  task->text = explain_query(leads, task->run);
}

// The transaction is read-only in the sandbox, but code behind a policy can RESET that before
// PostgreSQL 16, and create large objects before 16 at all. Each write uses up a command.
void check_nothing_written(CommandId before) {
  CommandCounterIncrement();
  if (GetCurrentCommandId(false) != before)
    ereport(ERROR, (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
                    errmsg("a policy or an expression wrote something during an export")));
}

// The caller's own rights were checked before the sandbox: what is denied or no longer found in it
// is denied to the reader, which is a set-up that is not safe, not a caller without rights. An
// error with a context of its own is from code behind a policy, and may mean what it says; a
// parallel worker is no such context.
void blame_setup(void* context) {
  const int code = geterrcode();
  if (ERRCODE_TO_CATEGORY(code) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION &&
      code != ERRCODE_INVALID_SCHEMA_NAME)
    return;
  MemoryContext caller = MemoryContextSwitchTo(static_cast<MemoryContext>(context));
  const ErrorData* error = CopyErrorData();
  MemoryContextSwitchTo(caller);
  const bool is_ours =
      error->context == nullptr || std::strcmp(error->context, _("parallel worker")) == 0;
  if (error->elevel < ERROR || !is_ours) return;
  errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
  errhint("%s", kSeeDoctor);
}

// What happens to rows happens here: as the reader, for one tenant, in one snapshot.
void run_in_sandbox(const Setup& setup, const Tenant& tenant, const FileColumns& columns,
                    const Request& request, Task* task) {
  FindingSink sink = raising_sink();
  ErrorContextCallback blame{error_context_stack, blame_setup, CurrentMemoryContext};
  error_context_stack = &blame;
  const Sandbox sandbox = enter_sandbox(setup.reader);
  set_tenant(tenant.text);
  // As SPI does for a volatile function: what this transaction has written so far is seen.
  CommandCounterIncrement();
  const CommandId before = GetCurrentCommandId(false);
  PushActiveSnapshot(GetTransactionSnapshot());
  if (IsolationUsesXactSnapshot()) check_unchanged_since(GetActiveSnapshot(), setup.tables);
  const TenantConditions conditions = inspect_policies_of(setup, sink);
  const Export export_of{setup, conditions, columns, &tenant, request, sink};
  const InspectedQuery status_query = prepare_status(export_of);
  InspectedQuery leads = prepare_leads(export_of, CallLookup::per_lead);
  const Status status = find_status(export_of, status_query);
  task->run(task, export_of, choose_plan(export_of, leads, status), status);
  PopActiveSnapshot();
  leave_sandbox(sandbox);
  error_context_stack = blame.previous;
  check_nothing_written(before);
}

void run_export(Oid extension_schema, const Request& request, Task* task) {
  FindingSink sink = raising_sink();
  const Setup setup = open_setup(extension_schema, sink);
  // What a finding was about may be gone again: it was looked at without a lock.
  if (!setup.is_complete)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the set-up changed while it was inspected"), errhint("%s", kSeeDoctor)));
  const FileColumns columns =
      select_columns(setup.configuration, extension_schema, request.columns);
  const Tenant tenant = read_tenant(setup.configuration, request.tenant);
  check_caller(setup.configuration, extension_schema, GetUserId(), tenant);
  begin_progress(setup.configuration.table(Table::leads));
  run_in_sandbox(setup, tenant, columns, request, task);
  end_progress();
  close_tables(setup.tables);
}

}  // namespace

std::int64_t write_export(Oid extension_schema, const Request& request, RecordWriter* writer) {
  MemoryContext work =
      AllocSetContextCreate(CurrentMemoryContext, "export_leads", ALLOCSET_DEFAULT_SIZES);
  MemoryContext caller = MemoryContextSwitchTo(work);
  WriteTask task{{run_write}, writer, 0};
  run_export(extension_schema, request, &task.pub);
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(work);
  return task.count;
}

const char* explain_export(Oid extension_schema, const Request& request, bool run) {
  ExplainTask task{{run_explain}, run, nullptr};
  run_export(extension_schema, request, &task.pub);
  return task.text;
}

void inspect_export(Oid extension_schema, ColumnNames names, FindingSink& sink) {
  const Setup setup = open_setup(extension_schema, sink);
  if (OidIsValid(setup.reader)) {
    const Sandbox sandbox = enter_sandbox(setup.reader);
    const int before = sink.count;
    const TenantConditions conditions = inspect_policies_of(setup, sink);
    if (setup.is_complete && sink.count == before) {
      const FileColumns columns = select_columns(setup.configuration, extension_schema, names);
      const Request request{};
      const Export any{setup, conditions, columns, nullptr, request, sink};
      (void)prepare_status(any);
      (void)prepare_leads(any, CallLookup::per_lead);
      (void)prepare_leads(any, CallLookup::at_once);
    }
    leave_sandbox(sandbox);
  }
  close_tables(setup.tables);
}

}  // namespace export_leads
