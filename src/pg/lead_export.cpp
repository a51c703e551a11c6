// The sequence of an export. Each step closes a hole; their order matters.
#include "core/status.hpp"
#include "pg/lead_export.hpp"

#include "pg/policy.hpp"
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

struct Queries {
  QueryText status_text;
  Query* status;
  QueryText lead_text;
  Query* leads;
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

std::string_view lower_status(std::string_view status) {
  char* lower = static_cast<char*>(palloc(status.size() + 1));
  return {lower, static_cast<std::size_t>(core::write_lower(lower, status) - lower)};
}

// Analyzes the two queries as the reader and inspects what they became.
Queries prepare_queries(const Setup& setup, const TenantConditions& conditions,
                        const Tenant* tenant, std::string_view status, FindingSink& sink) {
  Queries queries{};
  queries.status_text = status_query(setup.configuration, tenant, status, lower_status(status));
  queries.status = analyze_query(queries.status_text);
  queries.lead_text = lead_query(setup.configuration, tenant);
  queries.leads = analyze_query(queries.lead_text);
  inspect_query(queries.status, setup.configuration, conditions, setup.reader, sink);
  inspect_query(queries.leads, setup.configuration, conditions, setup.reader, sink);
  return queries;
}

Status find_status(const Queries& queries, const Tenant& tenant, std::string_view asked_for) {
  StatusReceiver receiver = make_status_receiver(&tenant);
  run_query(queries.status, queries.status_text, &receiver.pub);
  Status status{};
  status.name = receiver.name != nullptr ? text_view(receiver.name) : lower_status(asked_for);
  status.label = receiver.label != nullptr ? text_view(receiver.label) : status.name;
  return status;
}

void write_leads(OutputBuffer& output, Queries& queries, const Tenant& tenant, Status status,
                 core::Dialect dialect) {
  bind_status(queries.lead_text, status.name);
  DestReceiver* receiver = make_row_receiver(&output, &tenant, status, dialect);
  run_query(queries.leads, queries.lead_text, receiver);
  receiver->rDestroy(receiver);
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
void export_in_sandbox(OutputBuffer& output, const Setup& setup, const Tenant& tenant,
                       std::string_view status, core::Dialect dialect) {
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
  Queries queries = prepare_queries(setup, conditions, &tenant, status, sink);
  write_leads(output, queries, tenant, find_status(queries, tenant, status), dialect);
  PopActiveSnapshot();
  leave_sandbox(sandbox);
  error_context_stack = blame.previous;
  check_nothing_written(before);
}

}  // namespace

void write_export(OutputBuffer& output, Oid extension_schema, const Request& request,
                  core::Dialect dialect) {
  MemoryContext work =
      AllocSetContextCreate(CurrentMemoryContext, "export_leads", ALLOCSET_DEFAULT_SIZES);
  MemoryContext caller = MemoryContextSwitchTo(work);
  FindingSink sink = raising_sink();
  const Setup setup = open_setup(extension_schema, sink);
  // What a finding was about may be gone again: it was looked at without a lock.
  if (!setup.is_complete)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the set-up changed while it was inspected"), errhint("%s", kSeeDoctor)));
  const Tenant tenant = read_tenant(setup.configuration, request.tenant);
  check_caller(setup.configuration, extension_schema, GetUserId(), tenant);
  export_in_sandbox(output, setup, tenant, request.status, dialect);
  close_tables(setup.tables);
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(work);
}

void inspect_export(Oid extension_schema, FindingSink& sink) {
  const Setup setup = open_setup(extension_schema, sink);
  if (OidIsValid(setup.reader)) {
    const Sandbox sandbox = enter_sandbox(setup.reader);
    const int before = sink.count;
    const TenantConditions conditions = inspect_policies_of(setup, sink);
    if (setup.is_complete && sink.count == before)
      (void)prepare_queries(setup, conditions, nullptr, "", sink);
    leave_sandbox(sandbox);
  }
  close_tables(setup.tables);
}

}  // namespace export_leads
