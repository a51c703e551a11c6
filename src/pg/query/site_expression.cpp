// Analyzes them under the settings that exports have, and compares with what others make of them.
#include "pg/query/site_expression.hpp"

#include "pg/guard/session_tenant.hpp"
#include "pg/query/lead_query.hpp"
#include "pg/sandbox/called_functions.hpp"
#include "pg/sandbox/query_walk.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/table_owner.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_functions_of);
PG_FUNCTION_INFO_V1(export_leads_require_one_meaning);
PG_FUNCTION_INFO_V1(export_leads_require_session_tenant);
PG_FUNCTION_INFO_V1(export_leads_session_tenant_schemas);
}

namespace export_leads {
namespace {

// A query of an expression that whoever calls has written. The newline ends a comment.
QueryText query_of(const char* expression, const char* from) {
  const char* before = "SELECT (";
  const int begin = static_cast<int>(std::strlen(before));
  auto* place = static_cast<ExpressionPlace*>(palloc(sizeof(ExpressionPlace)));
  *place = {nullptr, begin, begin + static_cast<int>(std::strlen(expression))};
  QueryText query{};
  query.text = psprintf("%s%s\n)%s", before, expression, from);
  query.expressions = place;
  query.expression_count = 1;
  return query;
}

SelectStmt* parse_select(const QueryText& text) {
  List* parsed = parse_query(text);
  if (list_length(parsed) != 1) return nullptr;
  Node* statement = linitial_node(RawStmt, parsed)->stmt;
  return IsA(statement, SelectStmt) ? castNode(SelectStmt, statement) : nullptr;
}

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
      query_of(expression, psprintf(" FROM %s AS lead%s, %s AS call",
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

// What the owner may not look into is denied to him, not to whoever runs set-up.
void name_owner(void* owner) {
  if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE)
    errhint("What a site wrote is read as role \"%s\", who owns the leads.",
            static_cast<const char*>(owner));
}

// Calls `analyze` with the owner of the leads, to switch to.
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

// Calls `analyze` as the owner of the leads, in the sandbox; in another time zone than the
// session's where one is given.
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

// The same under the session's own settings.
template <typename Analyze>
Query* in_session(const Configuration& configuration, Analyze analyze) {
  return for_owner(configuration, [&](Oid owner) {
    const OwnerScope scope = become_owner(owner);
    Query* query = analyze();
    leave_owner(scope);
    return query;
  });
}

// Between these two it is never the same day.
constexpr const char* kTimeZones[] = {"<+14>-14", "<-12>+12"};

// A literal is read once, when its text is parsed: a date by DateStyle, a time without an offset in
// the session's time zone, 'today' on that day.
template <typename Analyze>
void require_one_meaning(const Configuration& configuration, Analyze analyze) {
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
  // The other lookup reads the same columns.
  return parse_analyze_query(lead_query(configuration, nullptr, columns, {}, CallLookup::per_lead));
}

}  // namespace

// Nothing but the target may differ from that of the plainest SELECT.
bool is_expression(const char* text) {
  SelectStmt* select = parse_select(query_of(text, ""));
  QueryText null{};
  null.text = "SELECT NULL";
  SelectStmt* plainest = parse_select(null);
  if (select == nullptr || list_length(select->targetList) != 1) return false;
  plainest->targetList = select->targetList;
  // Between parentheses a list would be a row.
  const Node* value = linitial_node(ResTarget, select->targetList)->val;
  const bool is_list = IsA(value, RowExpr) &&
                       reinterpret_cast<const RowExpr*>(value)->row_format == COERCE_IMPLICIT_CAST;
  return equal(select, plainest) && !is_list;
}

Query* analyze_column(const Configuration& configuration, const char* expression) {
  return in_sandbox(configuration, nullptr,
                    [&] { return analyze_over_tables(configuration, expression); });
}

Query* analyze_standard_columns(const Configuration& configuration, Oid extension_schema) {
  // Nothing in it is a site's own unless full_name was given, and the owner of the leads need not
  // be able to look into the other tables' schemas.
  if (!configuration.full_name_given) {
    const Sandbox sandbox = enter_sandbox(GetUserId());
    Query* query = analyze_leads(configuration, extension_schema);
    leave_sandbox(sandbox);
    return query;
  }
  return in_sandbox(configuration, nullptr,
                    [&] { return analyze_leads(configuration, extension_schema); });
}

}  // namespace export_leads

/// export_leads_functions_of(configuration, expression) -> text: what the functions do that an
/// expression over "lead", "status" and "call", or full_name where there is none, calls, for
/// exports to know them again.
Datum export_leads_functions_of(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  FindingSink sink = raising_sink();
  if (PG_ARGISNULL(0)) sink(not_set_up());
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  // Of the standard columns full_name alone can call one.
  const Query* query = PG_ARGISNULL(1)
                           ? analyze_standard_columns(configuration, extension_schema(fcinfo))
                           : analyze_column(configuration, text_to_cstring(PG_GETARG_TEXT_PP(1)));
  PG_RETURN_TEXT_P(cstring_to_text(
      function_definitions(called_functions(reinterpret_cast<Node*>(query->targetList)))));
}

/// export_leads_require_one_meaning(configuration, expression): raises 22023 where an expression
/// over "lead", "status" and "call", or full_name where there is none, means another thing under
/// the session's settings than in exports.
Datum export_leads_require_one_meaning(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  FindingSink sink = raising_sink();
  if (PG_ARGISNULL(0)) sink(not_set_up());
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  if (PG_ARGISNULL(1)) {
    const Oid schema = extension_schema(fcinfo);
    if (!is_expression(configuration.source(Field::full_name)))
      raise_not_an_expression("full_name must be one expression");
    require_one_meaning(configuration, [&] { return analyze_leads(configuration, schema); });
  } else {
    const char* expression = text_to_cstring(PG_GETARG_TEXT_PP(1));
    require_one_meaning(configuration,
                        [&] { return analyze_over_tables(configuration, expression); });
  }
  PG_RETURN_VOID();
}

/// export_leads_require_session_tenant(configuration): raises what is wrong with the expression of
/// the session's tenant, as the owner of the leads sees it: the reader may not be there yet.
Datum export_leads_require_session_tenant(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  const char* expression = configuration.rules.session_tenant;
  if (expression != nullptr)
    (void)in_sandbox(configuration, nullptr, [&] { return analyze_session_tenant(expression); });
  PG_RETURN_VOID();
}

/// export_leads_session_tenant_schemas(configuration) -> setof regnamespace: where the functions
/// are that the expression of the session's tenant calls.
Datum export_leads_session_tenant_schemas(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  const char* expression = configuration.rules.session_tenant;
  if (expression == nullptr) return 0;
  const auto* result = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  const Query* query =
      in_sandbox(configuration, nullptr, [&] { return analyze_session_tenant(expression); });
  ListCell* cell = nullptr;
  foreach (cell, called_functions(reinterpret_cast<Node*>(query->targetList))) {
    Datum schema = ObjectIdGetDatum(get_func_namespace(lfirst_oid(cell)));
    bool is_null = false;
    tuplestore_putvalues(result->setResult, result->setDesc, &schema, &is_null);
  }
  return 0;
}
