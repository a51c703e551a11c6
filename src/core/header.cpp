// Decides what a header shows, and whether two headers are the same.
#include "core/header.hpp"

#include "core/utf8.hpp"

namespace export_leads::core {
namespace {

/// Control characters, blanks, and characters that only direct or join others (Unicode's Cc, Zs, Zl
/// and Zp, and those of Cf that occur in text).
constexpr bool is_invisible(char32_t code) noexcept {
  return code <= 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0xAD || code == 0x61C ||
         code == 0x1680 || code == 0x180E || (code >= 0x2000 && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) ||
         code == 0x3000 || code == 0xFEFF;
}

/// Removes the next byte of `text`, which is not empty, and returns it. A line break, be it CR, LF
/// or CRLF, is removed whole and returned as a line feed.
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
