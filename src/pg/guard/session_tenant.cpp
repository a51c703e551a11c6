// Evaluates the site's expression as the reader, in the sandbox, and keeps what the session holds,
// such as the claims of a token, out of error messages.
#include "pg/guard/session_tenant.hpp"

#include "pg/guard/guarded_query.hpp"
#include "pg/sandbox/query_walk.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/setup/reader_role.hpp"

extern "C" {
#include "utils/regproc.h"
}

namespace export_leads {
namespace {

[[noreturn]] void raise_not_an_expression(const char* problem) {
  ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s", problem),
                  errhint("Write an SQL expression over the session, such as auth.tenant() or "
                          "current_setting('request.jwt.claims', true)::json ->> 'tenant_id'.")));
  pg_unreachable();
}

struct Inspection {
  Oid reader;
  FindingSink* sink;
};

void inspect_function(Oid function, void* state) {
  const auto* inspection = static_cast<const Inspection*>(state);
  if (has_function_execute(function, inspection->reader)) return;
  const char* name = format_procedure_qualified(function);
  (*inspection->sink)({"grant_missing", name,
                       psprintf("role \"%s\" has no EXECUTE on function %s", kReaderRole, name),
                       psprintf("GRANT EXECUTE ON FUNCTION %s TO %s;", name, kReaderRole)});
}

Expr* inspect(const char* expression, Oid reader, FindingSink& sink) {
  Expr* analyzed = linitial_node(TargetEntry, analyze_session_tenant(expression)->targetList)->expr;
  Inspection inspection{reader, &sink};
  visit_functions(reinterpret_cast<Node*>(analyzed), inspect_function, &inspection);
  return analyzed;
}

// An error context callback: turns an error of the reader into 55000, since the set-up lacks a
// privilege or is out of date.
void blame_setup(void* hint) {
  errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
  errhint("%s", static_cast<const char*>(hint));
}

Expr* inspect_or_raise(const char* expression, Oid reader, const char* see_check_hint) {
  ErrorContextCallback blame{error_context_stack, blame_setup, const_cast<char*>(see_check_hint)};
  error_context_stack = &blame;
  FindingSink sink = raising_sink();
  Expr* analyzed = inspect(expression, reader, sink);
  error_context_stack = blame.previous;
  return analyzed;
}

// Whether an error, such as a cancel, can stop any statement, whatever it reads. Such an error
// quotes no data, so it may be shown.
bool is_about_the_server(int code) {
  switch (ERRCODE_TO_CATEGORY(code)) {
    case ERRCODE_TRANSACTION_ROLLBACK:
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_OPERATOR_INTERVENTION:
      return true;
    default:
      return code == ERRCODE_LOCK_NOT_AVAILABLE;
  }
}

// Calls `read`. Its errors may quote what the session holds, such as the claims of a token, so they
// are replaced with a refusal (42501) that quotes nothing.
template <typename Read>
void without_quoting(const char* hint, Read read) {
  static_assert(std::is_trivially_destructible_v<Read>);
  MemoryContext caller = CurrentMemoryContext;
  PG_TRY();
  { read(); }
  PG_CATCH();
  {
    const int code = geterrcode();
    if (is_about_the_server(code)) PG_RE_THROW();
    MemoryContextSwitchTo(caller);
    FlushErrorState();
    ereport(
        ERROR,
        (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for this tenant"),
         errdetail("Reading the session's tenant failed with SQLSTATE %s.", unpack_sql_state(code)),
         errhint("%s", hint)));
  }
  PG_END_TRY();
}

// The expression's value as text in the current memory context; nullptr for NULL.
const char* evaluate(Expr* expression) {
  EState* state = CreateExecutorState();
  bool is_null = false;
  const Datum value = ExecEvalExprSwitchContext(ExecPrepareExpr(expression, state),
                                                GetPerTupleExprContext(state), &is_null);
  const char* copy = is_null ? nullptr : TextDatumGetCString(value);
  FreeExecutorState(state);
  return copy;
}

const char* evaluate_as_reader(const char* expression, Oid reader, const char* hint) {
  const char* check = see_check();
  const char* value = nullptr;
  const Sandbox sandbox = enter_sandbox(reader);
  const CommandId before = GetCurrentCommandId(false);
  PushActiveSnapshot(GetTransactionSnapshot());
  Expr* analyzed = inspect_or_raise(expression, reader, check);
  without_quoting(hint, [&] { value = evaluate(analyzed); });
  PopActiveSnapshot();
  leave_sandbox(sandbox);
  check_nothing_written(before);
  return value;
}

}  // namespace

Query* analyze_session_tenant(const char* expression) {
  if (!is_expression(expression))
    raise_not_an_expression("the session's tenant must be one expression");
  QueryText text{};
  text.text = psprintf("SELECT (%s\n)::pg_catalog.text", expression);
  Query* query = parse_analyze_query(text);
  // A table name could refer to a temporary table of the caller's.
  if (query->rtable != NIL || query->hasSubLinks || query->hasAggs || query->hasWindowFuncs)
    raise_not_an_expression("the expression of the session's tenant must not read tables");
  return query;
}

bool read_session_tenant(const TenantRules& rules, Oid reader, Oid type, TenantKey* session) {
  const bool is_expression = rules.session_tenant != nullptr;
  const char* hint =
      is_expression
          ? "The session's tenant is what the expression says that export_leads_setup() was given "
            "as session_tenant."
          : psprintf(
                "The setting \"%s\" holds no tenant; where it holds one among other things, "
                "give export_leads_setup() an expression for it as session_tenant.",
                rules.session_setting);
  const char* value = is_expression ? evaluate_as_reader(rules.session_tenant, reader, hint)
                                    : GetConfigOption(rules.session_setting, true, false);
  if (value == nullptr || *value == '\0') return false;
  without_quoting(hint, [&] { *session = read_key(type, value); });
  return true;
}

void inspect_session_tenant(const TenantRules& rules, Oid reader, FindingSink& sink) {
  if (rules.session_tenant != nullptr) (void)inspect(rules.session_tenant, reader, sink);
}

}  // namespace export_leads
