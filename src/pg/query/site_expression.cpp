// Analyzes expressions under the settings of exports, and compares the result under other settings.
#include "pg/query/site_expression.hpp"

#include "pg/guard/session_tenant.hpp"
#include "pg/query/lead_query.hpp"
#include "pg/sandbox/called_functions.hpp"
#include "pg/sandbox/query_walk.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/table_owner.hpp"

namespace export_leads {
namespace {

bool locks_rows(Node* node, void* state) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_below(node, locks_rows, state);
  return castNode(Query, node)->rowMarks != NIL ||
         walk_query(castNode(Query, node), locks_rows, state);
}

[[noreturn]] void raise_not_an_expression(const char* problem) {
  ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s", problem),
                  errhint("Write an SQL expression over lead, call and status, such as "
                          "lead.city.")));
  pg_unreachable();
}

Query* analyze_over_tables(const Configuration& configuration, const char* expression) {
  if (!is_expression(expression)) raise_not_an_expression("a column must be one expression");
  const char* statuses =
      configuration.has(Table::statuses)
          ? psprintf(", %s AS status", table_name(configuration.table(Table::statuses)))
          : "";
  const QueryText text =
      expression_query(expression, psprintf(" FROM %s AS lead%s, %s AS call",
                                            table_name(configuration.table(Table::leads)), statuses,
                                            table_name(configuration.table(Table::calls))));
  Query* query = parse_analyze_query(text);
  if (ExecCleanTargetListLength(query->targetList) != 1)
    raise_not_an_expression("a column must be one expression");
  if (locks_rows(reinterpret_cast<Node*>(query), nullptr))
    raise_not_an_expression("the expression of a column must not lock rows");
  if (query->hasAggs || query->hasWindowFuncs)
    raise_not_an_expression("the expression of a column must be over a single lead");
  return query;
}

// An error context callback: says that a privilege error is about the owner of the leads, and not
// about the caller of set-up.
void name_owner(void* owner) {
  if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
    errhint("What a site wrote is read as role \"%s\", who owns the leads.",
            static_cast<const char*>(owner));
}

// Calls `analyze` with the owner of the leads, to which it has to switch.
template <typename Analyze>
Query* for_owner(const Configuration& configuration, Analyze analyze) {
  static_assert(std::is_trivially_destructible_v<Analyze>);
  const Oid owner = own_table_owner(configuration.table(Table::leads));
  ErrorContextCallback naming{error_context_stack, name_owner, GetUserNameFromId(owner, false)};
  error_context_stack = &naming;
  Query* query = nullptr;
  while_cursors_are_held([&] { query = analyze(owner); });
  error_context_stack = naming.previous;
  return query;
}

// Calls `analyze` as the owner of the leads, in the sandbox; in the time zone `time_zone`, or in
// the session's where that is nullptr.
template <typename Analyze>
Query* in_sandbox(const Configuration& configuration, const char* time_zone, Analyze analyze) {
  return for_owner(configuration, [&](Oid owner) {
    const Sandbox sandbox = enter_sandbox(owner);
    if (time_zone != nullptr) pin_time_zone(time_zone);
    Query* query = analyze();
    leave_sandbox(sandbox);
    return query;
  });
}

// Calls `analyze` as the owner of the leads, under the session's own settings.
template <typename Analyze>
Query* in_session(const Configuration& configuration, Analyze analyze) {
  return for_owner(configuration, [&](Oid owner) {
    const OwnerScope scope = become_owner(owner);
    Query* query = analyze();
    leave_owner(scope);
    return query;
  });
}

// It is never the same day in these two time zones.
constexpr const char* kTimeZones[] = {"<+14>-14", "<-12>+12"};

// Raises 22023 where the analyzed expression differs between this session and an export. A literal
// is read when the query is analyzed: a date under DateStyle, a time without an offset in the
// session's time zone, and 'today' on the current day there.
template <typename Analyze>
void compare_meanings(const Configuration& configuration, Analyze analyze) {
  const Query* here = in_session(configuration, analyze);
  for (const char* time_zone : kTimeZones)
    if (!equal(here, in_sandbox(configuration, time_zone, analyze)))
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
               errmsg("the expression means one thing in this session and another in exports"),
               errhint("Write what depends on no setting: dates as 2004-02-03, times with their "
                       "offset, as 2004-02-03 10:00+02, and now() or current_date for the "
                       "present.")));
}

Query* analyze_leads(const Configuration& configuration, Oid extension_schema) {
  const FileColumns columns = select_columns(configuration, extension_schema, {nullptr, 0});
  // The other way to find calls reads the same columns.
  return parse_analyze_query(lead_query(configuration, nullptr, columns, {}, CallLookup::per_lead));
}

}  // namespace

Query* analyze_column(const Configuration& configuration, const char* expression) {
  return in_sandbox(configuration, nullptr,
                    [&] { return analyze_over_tables(configuration, expression); });
}

Query* analyze_standard_columns(const Configuration& configuration, Oid extension_schema) {
  // Only a given full_name is an expression of the site's. Without one there is no need to be the
  // owner of the leads, who might have no USAGE on the schemas of the other tables.
  if (!configuration.full_name_given) {
    const Sandbox sandbox = enter_sandbox(GetUserId());
    Query* query = analyze_leads(configuration, extension_schema);
    leave_sandbox(sandbox);
    return query;
  }
  return in_sandbox(configuration, nullptr,
                    [&] { return analyze_leads(configuration, extension_schema); });
}

Query* analyze_session_tenant_as_owner(const Configuration& configuration) {
  const char* expression = configuration.rules.session_tenant;
  if (expression == nullptr) return nullptr;
  return in_sandbox(configuration, nullptr, [&] { return analyze_session_tenant(expression); });
}

void require_one_meaning(const Configuration& configuration, Oid extension_schema,
                         const char* expression) {
  if (expression != nullptr) {
    compare_meanings(configuration, [&] { return analyze_over_tables(configuration, expression); });
    return;
  }
  if (!is_expression(configuration.source(Field::full_name)))
    raise_not_an_expression("full_name must be one expression");
  compare_meanings(configuration, [&] { return analyze_leads(configuration, extension_schema); });
}

}  // namespace export_leads
