// The text of a query of our own making, and the expressions in it that a site wrote: an error
// shows no more of the text than those.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Where in a query's text an expression stands that a site wrote, in bytes.
struct ExpressionPlace {
  const char* column;  ///< of the file; nullptr where whoever calls has written it
  int begin;
  int end;
};

/// A query's text and its parameters. `values` are not needed to analyze it.
struct QueryText {
  static constexpr int kMaximum = 8;
  const char* text;
  int parameter_count;
  Oid types[kMaximum];
  Datum values[kMaximum];
  bool nulls[kMaximum];
  bool has_status_name;  ///< whether its third parameter is the status by its name
  const ExpressionPlace* expressions;
  int expression_count;
  const char* hint;  ///< of an error in the expression of a column, which is then 55000
};

/// Parses a text of our own making. Raises what PostgreSQL raises; of the text an error shows no
/// more than an expression that the caller has written, or the name of the column.
List* parse_query(const QueryText& text);

/// Parses and analyzes one SELECT as the current user. What row security adds is not in it. Raises
/// what parse_query() raises, and 42P17 for a column that is a set.
Query* parse_analyze_query(const QueryText& text);

/// A query of one expression that whoever calls has written, with `from` behind it.
QueryText expression_query(const char* expression, const char* from);

/// Whether a text between two parentheses stays there. Raises 42601 for what cannot be parsed.
bool is_expression(const char* text);

/// An error context callback, whose argument is a QueryText: places the error in the expression it
/// is in, and makes one in a column of the file the site's to mend (55000) where the text has a
/// hint for that.
void tell_expression(void* text);

}  // namespace export_leads
