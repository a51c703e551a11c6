// Parses and analyzes texts, and puts errors where whoever wrote an expression looks for them.
#include "pg/guard/query_text.hpp"

extern "C" {
#include "parser/analyze.h"
}

namespace export_leads {
namespace {

// A column cannot be analyzed as it is, or not any more: that is for the site to mend, not for
// whoever exports. What else may happen meanwhile (a cancel, say) means what it says.
void blame_column(const char* hint) {
  switch (ERRCODE_TO_CATEGORY(geterrcode())) {
    case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
    case ERRCODE_DATA_EXCEPTION:  // a literal that is none of its type
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

// An error's place is neither in the statement that called us nor in a text that the caller should
// see: it is in a column, or in the expression that was given.
void tell_expression(void* state) {
  const auto* text = static_cast<const QueryText*>(state);
  const int position = geterrposition();
  if (position <= 0) return;
  errposition(0);
  const int size = static_cast<int>(std::strlen(text->text));
  const int at = pg_mbcharcliplen(text->text, size, position - 1);
  for (int i = 0; i < text->expression_count; ++i) {
    const ExpressionPlace& place = text->expressions[i];
    // An expression that is not finished ends in what comes after it, behind a newline.
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
  // A set would drop leads or double them.
  if (query->hasTargetSRFs)
    ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
                    errmsg("the expression of a column must not return a set")));
  error_context_stack = telling.previous;
  return query;
}

// The newline ends a comment.
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

// Nothing but the target may differ from that of the plainest SELECT.
bool is_expression(const char* text) {
  SelectStmt* select = parse_select(expression_query(text, ""));
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

}  // namespace export_leads
