// Looks at the characters of headers.
#include "core/header.hpp"

#include "core/utf8.hpp"

namespace export_leads::core {
namespace {

/// Controls, blanks, and what only directs or joins other characters (Unicode's Cc, Zs, Zl, Zp, and
/// Cf as far as text has it).
constexpr bool is_invisible(char32_t code) noexcept {
  return code <= 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0xAD || code == 0x61C ||
         code == 0x1680 || code == 0x180E || (code >= 0x2000 && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) ||
         code == 0x3000 || code == 0xFEFF;
}

/// The next byte, a carriage return with or without its line feed as a line feed.
char take_byte(std::string_view& text) noexcept {
  const char byte = text.front();
  text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
  return byte == '\r' ? '\n' : byte;
}

}  // namespace

bool is_blank_header(std::string_view header) noexcept {
  const char* at = header.data();
  const char* const end = at + header.size();
  while (at != end) {
    const Character character = decode_utf8(at, end);
    if (!is_invisible(character.code)) return false;
    at += character.size;
  }
  return true;
}

bool are_same_headers(std::string_view left, std::string_view right) noexcept {
  while (!left.empty() && !right.empty()) {
    if (take_byte(left) != take_byte(right)) return false;
  }
  return left.empty() && right.empty();
}

}  // namespace export_leads::core
