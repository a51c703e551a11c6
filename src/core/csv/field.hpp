// CSV as RFC 4180 describes it and Python's csv.writer writes it, one field at a time.
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

/// Ends every record, the last one too.
inline constexpr std::string_view kRecordEnd = "\r\n";

/// How fields are written.
struct Dialect {
  FormulaGuard formula_guard = FormulaGuard::on;
  char delimiter = ',';  ///< comma, semicolon or tab
};

/// Upper bound, in bytes, of what write_field() writes for a field of `field_size` bytes: two
/// quotes, an apostrophe before all of it, and each byte twice, as a quote is doubled and an
/// apostrophe within is before a byte that is no quote.
[[nodiscard]] constexpr std::size_t field_bound(std::size_t field_size) noexcept {
  return 2 * field_size + 3;
}

/// Writes `field` (UTF-8) at `out`, which has room for field_bound(); returns one past the end.
///
/// A field is quoted when it holds the delimiter, a quote, CR or LF (QUOTE_MINIMAL); with the guard
/// on also when holds_split_formula() says so, and one that is_formula() gets a leading apostrophe.
/// With the strict guard every field is quoted (QUOTE_ALL), one that is_formula_or_number() gets a
/// leading apostrophe, and another one is before each further formula that a reader may find which
/// splits elsewhere or minds no quotes: find_exposed_formula(). Otherwise an empty field is no
/// bytes: a record of one empty field, which must be "", is the caller's to write.
char* write_field(char* out, std::string_view field, Dialect dialect) noexcept;

}  // namespace export_leads::core
