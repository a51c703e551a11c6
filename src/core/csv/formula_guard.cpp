// Finds formulas, character by character. The first byte of a cell settles most of them, so only
// the few that may begin with a blank or the start of a formula are decoded.
#include "core/csv/formula_guard.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/ascii.hpp"
#include "core/block.hpp"
#include "core/bytes.hpp"
#include "core/utf8.hpp"

namespace export_leads::core {
namespace {

/// What Python's str.isspace() accepts.
constexpr bool is_blank(char32_t code) noexcept {
  return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

constexpr bool is_formula_start(char32_t code) noexcept {
  switch (code) {
    case U'=':
    case U'+':
    case U'-':
    case U'@':
    case U'\uFF1D':
    case U'\uFF0B':
    case U'\uFF0D':
    case U'\uFF20':
      return true;
    default:
      return false;
  }
}

/// The bytes that a blank or the start of a formula can begin with; those of longer characters are
/// listed, as a table made from all code points takes clang too long. Hebrew letters, Latin letters
/// and digits are not among them.
constexpr auto kNeedsLook = [] {
  std::array<bool, 256> table{};
  for (char32_t code = 0; code < 0x80; ++code) {
    table[code] = is_blank(code) || is_formula_start(code);
  }
  for (const unsigned lead : {0xC2U, 0xE1U, 0xE2U, 0xE3U, 0xEFU}) table[lead] = true;
  return table;
}();

constexpr bool needs_look(char c) noexcept { return kNeedsLook[to_byte(c)]; }

constexpr const char* skip_blanks(const char* at, const char* end) noexcept {
  while (at != end && needs_look(*at)) {
    const Character character = decode_utf8(at, end);
    if (!is_blank(character.code)) break;
    at += character.size;
  }
  return at;
}

constexpr const char* skip_digits(const char* at, const char* end) noexcept {
  while (at != end && is_digit(*at)) ++at;
  return at;
}

/// Whether all of [at, end) is [+-]?[0-9]+(\.[0-9]+)?
constexpr bool is_plain_number(const char* at, const char* end) noexcept {
  if (at != end && (*at == '+' || *at == '-')) ++at;
  const char* after_integer = skip_digits(at, end);
  if (after_integer == at) return false;
  if (after_integer == end) return true;
  if (*after_integer != '.') return false;
  const char* fraction = after_integer + 1;
  return fraction != end && skip_digits(fraction, end) == end;
}

constexpr bool begins_as_formula(const char* at, const char* end) noexcept {
  at = skip_blanks(at, end);
  return at != end && is_formula_start(decode_utf8(at, end).code);
}

constexpr bool is_separator(char32_t c) noexcept {
  return c == U',' || c == U';' || c == U'\t' || c == U'|';
}

/// Where Python's str.splitlines() ends a line.
constexpr bool is_line_end(char32_t code) noexcept {
  return (code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
         code == 0x2028 || code == 0x2029;
}

constexpr bool is_split(char32_t code) noexcept { return is_separator(code) || is_line_end(code); }

/// The bytes that a separator or a line end may begin with.
constexpr auto kMayBeginSplit = [] {
  std::array<bool, 256> table{};
  for (char32_t code = 0; code < 0x80; ++code) table[code] = is_split(code);
  for (const unsigned lead : {0xC2U, 0xE2U}) table[lead] = true;
  return table;
}();

/// The bytes of a block for which kMayBeginSplit holds.
Block split_bytes(Block block) noexcept {
  return static_cast<Block>((block == std::uint8_t{','}) | (block == std::uint8_t{';'}) |
                            (block == std::uint8_t{'|'}) |
                            ((block >= std::uint8_t{0x09}) & (block <= std::uint8_t{0x0D})) |
                            ((block >= std::uint8_t{0x1C}) & (block <= std::uint8_t{0x1E})) |
                            (block == std::uint8_t{0xC2}) | (block == std::uint8_t{0xE2}));
}

/// The first separator or line end in [at, end), or the end.
const char* find_split(const char* at, const char* end) noexcept {
  for (;; ++at) {
    while (end - at >= std::ptrdiff_t{kBlockSize} && !has_set_byte(split_bytes(load<Block>(at)))) {
      at += kBlockSize;
    }
    while (at != end && !kMayBeginSplit[to_byte(*at)]) ++at;
    if (at == end || is_split(decode_utf8(at, end).code)) return at;
  }
}

/// Skips separators, quotes and blanks, line ends among them; returns the first character of a
/// cell, or the end.
constexpr const char* skip_to_cell(const char* at, const char* end) noexcept {
  while (at != end) {
    const Character character = decode_utf8(at, end);
    if (!is_separator(character.code) && !is_blank(character.code) && character.code != U'"') break;
    at += character.size;
  }
  return at;
}

}  // namespace

bool is_formula_or_number(std::string_view cell) noexcept {
  const char* begin = cell.data();
  const char* end = begin + cell.size();
  if (begin == end || !needs_look(*begin)) return false;
  if (*begin == '\t' || *begin == '\r' || *begin == '\n') return true;
  return begins_as_formula(begin, end);
}

bool is_formula(std::string_view cell) noexcept {
  return is_formula_or_number(cell) && !is_plain_number(cell.data(), cell.data() + cell.size());
}

bool holds_split_formula(std::string_view cell) noexcept {
  const char* at = cell.data();
  const char* end = at + cell.size();
  while (at != end) {
    if (!is_separator(to_byte(*at++))) continue;
    // A tab is both a separator and a blank, so more separators may be skipped here. Whatever
    // follows them follows this one too: each byte is looked at once, however many there are.
    at = skip_blanks(at, end);
    if (at != end && is_formula_start(decode_utf8(at, end).code)) return true;
  }
  return false;
}

std::size_t find_exposed_formula(std::string_view text, bool begins_cell) noexcept {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* at = begins_cell ? begin : find_split(begin, end);
  while (at != end) {
    at = skip_to_cell(at, end);
    if (at == end) break;
    if (is_formula_start(decode_utf8(at, end).code)) return static_cast<std::size_t>(at - begin);
    at = find_split(at, end);
  }
  return std::string_view::npos;
}

}  // namespace export_leads::core
