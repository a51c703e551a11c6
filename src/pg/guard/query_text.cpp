// Parses and analyzes query texts, and moves error positions into the expression they belong to.
#include "pg/guard/query_text.hpp"

extern "C" {
#include "parser/analyze.h"
}

namespace export_leads {
namespace {

// A column's expression cannot be analyzed, or no longer can: the site has to repair it, not the
// caller of the export. Other errors, such as a cancel, stay as they are.
void blame_column(const char* hint) {
  switch (ERRCODE_TO_CATEGORY(geterrcode())) {
    case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
    case ERRCODE_DATA_EXCEPTION:  // a literal that its type cannot read
    case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
    case ERRCODE_INVALID_SCHEMA_NAME:
    case ERRCODE_FEATURE_NOT_SUPPORTED:
      errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
      errhint("%s", hint);
      break;
    default:
      break;
  }
}

SelectStmt* parse_select(const QueryText& text) {
  List* parsed = parse_query(text);
  if (list_length(parsed) != 1) return nullptr;
  Node* statement = linitial_node(RawStmt, parsed)->stmt;
  return IsA(statement, SelectStmt) ? castNode(SelectStmt, statement) : nullptr;
}

}  // namespace

// PostgreSQL would show the error's position in the caller's statement, or show our query text. It
// belongs to an expression in our text, so it is reported for that expression alone.
void tell_expression(void* state) {
  const auto* text = static_cast<const QueryText*>(state);
  const int position = geterrposition();
  if (position <= 0) return;
  errposition(0);
  const int size = static_cast<int>(std::strlen(text->text));
  const int at = pg_mbcharcliplen(text->text, size, position - 1);
  for (int i = 0; i < text->expression_count; ++i) {
    const ExpressionPlace& place = text->expressions[i];
    // The error of an unfinished expression is reported at the token after it, one newline later.
    if (at < place.begin || at > place.end + 1) continue;
    if (place.column != nullptr) {
      errcontext("column \"%s\" of the file", place.column);
      if (text->hint != nullptr) blame_column(text->hint);
    } else {
      const char* expression = text->text + place.begin;
      internalerrquery(pnstrdup(expression, static_cast<Size>(place.end - place.begin)));
      internalerrposition(pg_mbstrlen_with_len(expression, Min(at, place.end) - place.begin) + 1);
    }
  }
}

List* parse_query(const QueryText& text) {
  ErrorContextCallback telling{error_context_stack, tell_expression, const_cast<QueryText*>(&text)};
  error_context_stack = &telling;
  List* parsed = pg_parse_query(text.text);
  error_context_stack = telling.previous;
  return parsed;
}

Query* parse_analyze_query(const QueryText& text) {
  List* parsed = parse_query(text);
  ErrorContextCallback telling{error_context_stack, tell_expression, const_cast<QueryText*>(&text)};
  error_context_stack = &telling;
  if (list_length(parsed) != 1)
    elog(ERROR, "an export's query is %d statements", list_length(parsed));
  Query* query = parse_analyze_fixedparams(linitial_node(RawStmt, parsed), text.text, text.types,
                                           text.parameter_count, nullptr);
  if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
    elog(ERROR, "an export's query writes");
  // A set-returning function would leave out leads or repeat them.
  if (query->hasTargetSRFs)
    ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                    errmsg("the expression of a column must not return a set")));
  error_context_stack = telling.previous;
  return query;
}

// A newline follows the expression, which may end in a comment.
QueryText expression_query(const char* expression, const char* from) {
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

// The text is one expression if the parsed SELECT differs from the plainest SELECT in its target
// only.
bool is_expression(const char* text) {
  SelectStmt* select = parse_select(expression_query(text, ""));
  QueryText null{};
  null.text = "SELECT NULL";
  SelectStmt* plainest = parse_select(null);
  if (select == nullptr || list_length(select->targetList) != 1) return false;
  plainest->targetList = select->targetList;
  // "(a, b)" is parsed as a row, but it is a list of two expressions.
  const Node* value = linitial_node(ResTarget, select->targetList)->val;
  const bool is_list = IsA(value, RowExpr) &&
                       reinterpret_cast<const RowExpr*>(value)->row_format == COERCE_IMPLICIT_CAST;
  return equal(select, plainest) && !is_list;
}

}  // namespace export_leads
