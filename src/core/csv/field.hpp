// Writes CSV as RFC 4180 describes it and as Python's csv.writer does, one field at a time.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

#include "core/csv/formula_guard.hpp"

namespace export_leads::core {

/// Begins a file: without it Excel does not read the file as UTF-8.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Ends every record, including the last.
inline constexpr std::string_view kRecordEnd = "\r\n";

/// How fields are written.
struct Dialect {
  FormulaGuard formula_guard = FormulaGuard::on;
  char delimiter = ',';  ///< comma, semicolon or tab
};

/// Upper bound, in bytes, of what write_field() writes for a field of `field_size` bytes: the two
/// quotes around it, a leading apostrophe, and two bytes for each of its own. A quote is doubled
/// and a byte that begins a formula gets an apostrophe, but no byte is both.
[[nodiscard]] constexpr std::size_t field_bound(std::size_t field_size) noexcept {
  return 2 * field_size + 3;
}

/// Writes `field` (UTF-8) at `out`, which has room for field_bound(); returns one past the end.
///
/// With the guard off, a field is quoted when it holds the delimiter, a quote, CR or LF (Python's
/// QUOTE_MINIMAL). With the guard on, it is also quoted when holds_split_formula(), and gets a
/// leading apostrophe when is_formula(). With the strict guard every field is quoted (QUOTE_ALL),
/// gets a leading apostrophe when is_formula_or_number(), and a further apostrophe before each
/// formula that find_exposed_formula() finds, for readers that split fields elsewhere or ignore
/// quotes.
///
/// Except under the strict guard an empty field is written as no bytes; a record of one empty
/// field, which must be "", is left to the caller.
char* write_field(char* out, std::string_view field, Dialect dialect) noexcept;

}  // namespace export_leads::core
