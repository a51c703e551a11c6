// Decimal numbers as spreadsheets keep them: as doubles, shown with fifteen digits.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

namespace export_leads::core {

/// How many digits of a number spreadsheets show, and a double keeps whatever they are.
inline constexpr std::size_t kExactDigits = 15;

/// The longest decimal that is a number. Very small ones are zero to spreadsheets.
inline constexpr std::size_t kDecimalBound = 300;

/// The decimal, as -12.50 or NaN, without zeros at its end, where a spreadsheet shows just that
/// value; nothing where it would show another.
[[nodiscard]] std::string_view exact_decimal(std::string_view text) noexcept;

}  // namespace export_leads::core
