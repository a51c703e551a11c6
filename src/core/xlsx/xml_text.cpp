// Escapes text. Nearly all of it is plain, so plain runs are found first and copied whole.
#include "core/xlsx/xml_text.hpp"

#include <algorithm>
#include <array>

#include "core/ascii.hpp"
#include "core/block.hpp"
#include "core/bytes.hpp"
#include "core/utf8.hpp"

namespace export_leads::core {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

constexpr auto kIsPlain = [] {
  std::array<bool, 0x80> table{};
  for (std::size_t code = 0x20; code < table.size(); ++code) table[code] = true;
  for (const char c : {'&', '<', '>', '"', '_'}) table[to_byte(c)] = false;
  for (const char c : {'\t', '\n'}) table[to_byte(c)] = true;
  return table;
}();

/// Whether a character above ASCII may stand in XML as it is.
constexpr bool is_allowed(char32_t code) noexcept {
  return code != kMalformed && code != 0xFFFE && code != 0xFFFF;
}

/// The end of the plain characters with which [at, end) begins, up to one that ends at `stop` or
/// behind it.
const char* skip_plain(const char* at, const char* stop, const char* end) noexcept {
  while (at < stop) {
    const std::size_t byte = to_byte(*at);
    if (byte < 0x80) {
      if (!kIsPlain[byte]) break;
      ++at;
    } else {
      const Character character = decode_utf8(at, end);
      if (!is_allowed(character.code)) break;
      at += character.size;
    }
  }
  return at;
}

/// The bytes that begin a character of two bytes, U+0080 to U+07FF.
Block leads_of_pairs(Block block) noexcept {
  return static_cast<Block>((block >= std::uint8_t{0xC2}) & (block < std::uint8_t{0xE0}));
}

/// How many bytes at `at`, of which one more than a block can be read, are plain by a look at a
/// whole block: 0, or else the block's, with the second half of a pair that it ends within.
std::size_t plain_block(const char* at) noexcept {
  const auto block = load<Block>(at);
  const Block leads = leads_of_pairs(block);
  const auto follows = static_cast<Block>((load<Block>(at + 1) & 0xC0U) == std::uint8_t{0x80});
  const auto others = static_cast<Block>(
      (block < std::uint8_t{0x20}) | ((block & 0xFBU) == std::uint8_t{'"'}) |  // " and &
      ((block & 0xFDU) == std::uint8_t{'<'}) | (block == std::uint8_t{'_'}) |  // < and >
      ((block >= std::uint8_t{0xC0}) & ~leads));
  if ((to_byte(*at) & 0xC0U) == 0x80U || has_set_byte(others | (leads ^ follows))) return 0;
  return kBlockSize + (leads[kBlockSize - 1] & 1U);
}

constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// Whether a reader might take [at, end), which begins with an underscore, for an escape _xHHHH_.
/// The second underscore is not looked for: where the text has none, that of an escape which is
/// written next might do.
bool begins_as_escape(const char* at, const char* end) noexcept {
  return end - at >= 6 && at[1] == 'x' && std::all_of(at + 2, at + 6, is_hex_digit);
}

char* write_escape(char* out, char c) noexcept {
  const std::size_t code = to_byte(c);
  out = write_bytes(out, "_x00");
  *out++ = kHexDigits[code >> 4U];
  *out++ = kHexDigits[code & 0x0FU];
  *out++ = '_';
  return out;
}

/// Writes the ASCII character at `at`, which is not plain; returns one past the end.
char* write_special(char* out, const char* at, const char* end) noexcept {
  switch (*at) {
    case '&':
      return write_bytes(out, "&amp;");
    case '<':
      return write_bytes(out, "&lt;");
    case '>':
      return write_bytes(out, "&gt;");
    case '"':
      return write_bytes(out, "&quot;");
    case '_':
      return begins_as_escape(at, end) ? write_escape(out, '_') : write_bytes(out, "_");
    default:
      return write_escape(out, *at);
  }
}

constexpr bool is_xml_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

char* write_xml_text(char* out, std::string_view text) noexcept {
  constexpr std::ptrdiff_t kBlock = kBlockSize;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    while (end - at > kBlock) {
      const std::size_t size = plain_block(at);
      if (size == 0) break;
      write_bytes(out, {at, kBlockSize + 1});
      out += size;
      at += size;
    }
    const char* const stop = end - at > kBlock ? at + kBlock : end;
    const char* const run_end = skip_plain(at, stop, end);
    out = write_bytes(out, {at, static_cast<std::size_t>(run_end - at)});
    at = run_end;
    if (at >= stop) continue;
    const Character character = decode_utf8(at, end);
    out = character.code < 0x80 ? write_special(out, at, end) : write_bytes(out, kReplacement);
    at += character.size;
  }
  return out;
}

bool needs_preserved_space(std::string_view text) noexcept {
  return !text.empty() &&
         (is_xml_space(text.front()) || is_xml_space(text.back()) ||
          text.find('\t') != std::string_view::npos || text.find('\n') != std::string_view::npos);
}

}  // namespace export_leads::core
