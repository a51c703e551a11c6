// What a spreadsheet would read as a formula, and so may not reach it as it is.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// Whether cells are written byte for byte, cells that a spreadsheet would run are made harmless,
/// or numbers, too, and whatever part of a cell some reader takes for a cell, and every field is
/// quoted.
enum class FormulaGuard : std::uint8_t { off, on, strict };

/// Whether `cell` needs a leading apostrophe: its first character that is not blank is one of = + -
/// @ or of their full-width forms, or it begins with TAB, CR or LF. A plain number never does, so
/// E.164 phones and negative amounts stay what they are.
///
/// Blank is what Python's str.isspace() says. `cell` is UTF-8; a malformed character is an ordinary
/// one.
[[nodiscard]] bool is_formula(std::string_view cell) noexcept;

/// The same without the exception for plain numbers.
[[nodiscard]] bool is_formula_or_number(std::string_view cell) noexcept;

/// Whether a reader that splits records on commas, semicolons, tabs or bars would find a cell in
/// `cell` that begins, after any blanks, as a formula does.
[[nodiscard]] bool holds_split_formula(std::string_view cell) noexcept;

/// The first place in `text` where a formula, or a number with a sign, begins that some reader
/// takes for a cell's beginning; npos where there is none.
///
/// That is where nothing but blanks and quotes is before it, back to a comma, semicolon, tab, bar
/// or line end (any that Python's str.splitlines() knows), or to the beginning of `text` where that
/// `begins_cell`. Quotes are passed over because readers drop them: behind its separator a doubled
/// one opens a field and closes it again.
[[nodiscard]] std::size_t find_exposed_formula(std::string_view text, bool begins_cell) noexcept;

}  // namespace export_leads::core
