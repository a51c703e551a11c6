// Changes a text only where it must: nearly every text fits a cell as it is.
#include "core/xlsx/cell_text.hpp"

#include "core/bytes.hpp"
#include "core/utf8.hpp"

namespace export_leads::core {
namespace {

bool has_at(std::string_view text, std::size_t at, char wanted) noexcept {
  return at < text.size() && text[at] == wanted;
}

/// Writes `text` with line feeds for its line breaks, or as much of it as shows that it is too
/// long; returns one past the end.
char* fold_line_breaks(char* out, std::string_view text) noexcept {
  const char* const full = out + kCellTextBound + 1;
  for (std::size_t at = 0; at < text.size() && out < full; ++at) {
    if (text[at] != '\r') {
      *out++ = text[at];
    } else if (!has_at(text, at + 1, '\n')) {
      *out++ = '\n';
    }
  }
  return out;
}

std::size_t count(std::string_view text, char wanted) noexcept {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + 1))
    ++found;
  return found;
}

}  // namespace

CellText fit_cell_text(char* scratch, std::string_view text) noexcept {
  if (text.find('\r') != std::string_view::npos) text = {scratch, fold_line_breaks(scratch, text)};
  if (first_units(text, kCellTextMaximum).size() == text.size()) return {text, false};
  const std::string_view kept = first_units(text, kCellTextMaximum - 1);
  if (kept.data() != scratch) write_bytes(scratch, kept);
  return {{scratch, write_bytes(scratch + kept.size(), kCutMark)}, true};
}

std::uint32_t count_lines(std::string_view text) noexcept {
  std::size_t breaks = count(text, '\n');
  for (std::size_t at = text.find('\r'); at != std::string_view::npos;
       at = text.find('\r', at + 1)) {
    if (!has_at(text, at + 1, '\n')) ++breaks;
  }
  return static_cast<std::uint32_t>(breaks + 1);
}

}  // namespace export_leads::core
