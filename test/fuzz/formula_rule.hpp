// The formula rule once more, as lists of texts to compare with and without a decoder, so that a
// mistake of the guard is not repeated here.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace export_leads::test {

/// What Python's str.isspace() is true of.
inline constexpr auto kBlanks = std::to_array<std::string_view>(
    {"\t",     "\n",     "\v",     "\f",     "\r",     "\x1C",   "\x1D",   "\x1E",
     "\x1F",   " ",      "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002",
     "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
     "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"});

/// What a spreadsheet's formula begins with.
inline constexpr auto kFormulaStarts =
    std::to_array<std::string_view>({"=", "+", "-", "@", "＝", "＋", "－", "＠"});

/// Whether `text` begins, after any blanks, as a formula does.
inline bool begins_as_formula(std::string_view text) {
  for (bool skipped = true; skipped;) {
    skipped = false;
    for (const std::string_view blank : kBlanks) {
      if (!text.starts_with(blank)) continue;
      text.remove_prefix(blank.size());
      skipped = true;
    }
  }
  for (const std::string_view start : kFormulaStarts) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

/// Whether `text` is digits and nothing else.
inline bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether `cell` is a number as a phone or an amount is written: a sign or none, digits, and a
/// fraction or none.
inline bool is_number(std::string_view cell) {
  if (cell.starts_with('+') || cell.starts_with('-')) cell.remove_prefix(1);
  const std::size_t point = cell.find('.');
  if (point == std::string_view::npos) return is_digits(cell);
  return is_digits(cell.substr(0, point)) && is_digits(cell.substr(point + 1));
}

/// Whether a spreadsheet that is given `cell` may run it, or take it for a number to compute.
inline bool may_run_or_count(std::string_view cell) {
  if (cell.starts_with('\t') || cell.starts_with('\r') || cell.starts_with('\n')) return true;
  return begins_as_formula(cell);
}

/// Whether a spreadsheet that is given `cell` may run it.
inline bool may_run(std::string_view cell) { return may_run_or_count(cell) && !is_number(cell); }

/// Whether a reader that splits `text` on commas, semicolons, tabs or bars gets a part, other than
/// the first, that begins as a formula does.
inline bool may_run_when_split(std::string_view text) {
  constexpr std::string_view kSeparators = ",;\t|";
  for (std::size_t at = text.find_first_of(kSeparators); at != std::string_view::npos;
       at = text.find_first_of(kSeparators, at + 1)) {
    if (begins_as_formula(text.substr(at + 1))) return true;
  }
  return false;
}

/// Where some reader begins another cell: a separator, or a line end for Python's str.splitlines().
inline constexpr auto kSplits =
    std::to_array<std::string_view>({",", ";", "\t", "|", "\n", "\v", "\f", "\r", "\x1C", "\x1D",
                                     "\x1E", "\u0085", "\u2028", "\u2029"});

/// Whether some reader begins a cell after `before`, if it drops blanks and quotes there.
inline bool may_begin_cell_after(std::string_view before) {
  const auto ends_with = [&](std::string_view end) { return before.ends_with(end); };
  while (!before.empty() && std::ranges::none_of(kSplits, ends_with)) {
    const auto* blank = std::ranges::find_if(kBlanks, ends_with);
    if (blank == kBlanks.end() && !before.ends_with('"')) return false;
    before.remove_suffix(blank == kBlanks.end() ? 1 : blank->size());
  }
  return true;
}

/// Whether some reader of a file's bytes, whatever it splits at and whatever quotes are to it, gets
/// a cell that begins as a formula does.
inline bool may_run_for_some_reader(std::string_view file) {
  for (std::size_t at = 0; at < file.size(); ++at) {
    const auto begins_here = [&](std::string_view start) {
      return file.substr(at).starts_with(start);
    };
    if (std::ranges::any_of(kFormulaStarts, begins_here) &&
        may_begin_cell_after(file.substr(0, at)))
      return true;
  }
  return false;
}

/// What a reader should get of a field that is guarded strictly.
inline std::string strictly_guarded(std::string_view field) {
  std::string cell = may_run_or_count(field) ? "'" : "";
  for (std::size_t at = 0; at < field.size(); ++at) {
    const auto begins_here = [&](std::string_view start) {
      return field.substr(at).starts_with(start);
    };
    if (std::ranges::any_of(kFormulaStarts, begins_here) && may_begin_cell_after(cell))
      cell += '\'';
    cell += field[at];
  }
  return cell;
}

}  // namespace export_leads::test
