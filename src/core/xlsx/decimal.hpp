// Finds the decimal numbers that a spreadsheet, which keeps doubles, shows as they are.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

namespace export_leads::core {

/// How many significant digits of a number spreadsheets show. A double keeps any number of that
/// many digits.
inline constexpr std::size_t kExactDigits = 15;

/// The longest decimal, in bytes, that is written as a number. Only tiny fractions are longer,
/// which spreadsheets take for zero.
inline constexpr std::size_t kDecimalBound = 300;

/// `text`, a decimal such as -12.50, without the zeros that end its fraction, if a spreadsheet
/// shows that very value; empty if it would show another, and for NaN and whatever else is no
/// decimal.
[[nodiscard]] std::string_view exact_decimal(std::string_view text) noexcept;

}  // namespace export_leads::core
