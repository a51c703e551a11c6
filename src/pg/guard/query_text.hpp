// Texts of our own queries, and the places in them of expressions that a site or a caller wrote. An
// error shows nothing of such a text but these expressions.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The place of such an expression in a query's text, in bytes from its beginning.
struct ExpressionPlace {
  const char* column;  ///< the column of the file it is for; nullptr where the caller wrote it
  int begin;
  int end;
};

/// A query's text and its parameters. To analyze the query, `values` are not needed.
struct QueryText {
  static constexpr int kMaximum = 8;
  const char* text;
  int parameter_count;
  Oid types[kMaximum];
  Datum values[kMaximum];
  bool nulls[kMaximum];
  bool has_status_name;  ///< whether a parameter is the status's name
  /// The number of the first of two parameters whose values may change between runs of one plan; 0
  /// for none.
  int changing;
  const ExpressionPlace* expressions;
  int expression_count;
  const char* hint;  ///< for errors in a column's expression, which then become 55000; or nullptr
};

/// Parses one of our own texts. Raises PostgreSQL's own errors; an error shows of the text only an
/// expression that the caller wrote, or names the file's column.
List* parse_query(const QueryText& text);

/// Parses and analyzes one SELECT as the current user, without the conditions of row security.
/// Raises what parse_query() raises, and 42P17 for a column that returns a set.
Query* parse_analyze_query(const QueryText& text);

/// A query that selects one expression, written by the caller; `from` is appended to it.
QueryText expression_query(const char* expression, const char* from);

/// Whether a text is a single expression, which cannot break out of the parentheses that we put
/// around it. Raises 42601 where the text cannot be parsed.
bool is_expression(const char* text);

/// An error context callback; its argument is a QueryText. Moves the error's position into the
/// expression that contains it. Turns an error in a column of the file into 55000 where the text
/// has a hint for that, since the site has to repair it.
void tell_expression(void* text);

}  // namespace export_leads
