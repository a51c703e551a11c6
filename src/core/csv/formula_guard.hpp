// Finds what a spreadsheet would run as a formula, so that it can be made harmless.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// How formulas are kept from spreadsheets.
enum class FormulaGuard : std::uint8_t {
  off,    ///< cells are written byte for byte
  on,     ///< a cell that a spreadsheet would run is made harmless
  strict  ///< so is a number with a sign, and any part of a cell that some reader takes for a cell;
          ///< every field is quoted
};

/// Whether `cell` needs a leading apostrophe: it begins with TAB, CR or LF, or its first character
/// that is not a blank is one of = + - @ or one of their full-width forms. A plain number needs
/// none, so that E.164 phone numbers and negative amounts stay as they are.
///
/// A blank is what Python's str.isspace() accepts. `cell` is UTF-8; a malformed byte counts as an
/// ordinary character.
[[nodiscard]] bool is_formula(std::string_view cell) noexcept;

/// Whether `cell` needs a leading apostrophe where plain numbers with a sign need one too.
[[nodiscard]] bool is_formula_or_number(std::string_view cell) noexcept;

/// Whether a reader that splits records on commas, semicolons, tabs or bars would find a cell in
/// `cell` that begins, after any blanks, as a formula does.
[[nodiscard]] bool holds_split_formula(std::string_view cell) noexcept;

/// The offset, in bytes, of the first formula or number with a sign in `text` that some reader may
/// take for the beginning of a cell; npos where there is none.
///
/// A cell may begin at the beginning of `text` where `begins_cell`, and behind every comma,
/// semicolon, tab, bar and line end (any that Python's str.splitlines() knows), with only blanks
/// and quotes in between. Quotes are skipped because readers drop them: right behind a separator, a
/// doubled quote opens a field and closes it again.
[[nodiscard]] std::size_t find_exposed_formula(std::string_view text, bool begins_cell) noexcept;

}  // namespace export_leads::core
