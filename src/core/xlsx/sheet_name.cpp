// Turns a label into a sheet's name: trims it, cuts it, and replaces what no name may hold.
#include "core/xlsx/sheet_name.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/bytes.hpp"
#include "core/utf8.hpp"

namespace export_leads::core {
namespace {

constexpr std::string_view kNameless = "Leads";
constexpr std::string_view kReserved = "history";

constexpr bool is_trimmed(char c) noexcept { return c == ' ' || c == '\''; }

std::string_view without_start(std::string_view text) noexcept {
  while (!text.empty() && is_trimmed(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view without_end(std::string_view text) noexcept {
  while (!text.empty() && is_trimmed(text.back())) text.remove_suffix(1);
  return text;
}

constexpr bool is_allowed(char32_t code) noexcept {
  constexpr std::u32string_view kForbidden = U"[]:*?/\\\u007F\uFFFE\uFFFF";
  return code >= 0x20 && code != kMalformed && kForbidden.find(code) == std::u32string_view::npos;
}

/// Whether Excel keeps the name for itself. Excel ignores case in names.
bool is_reserved(std::string_view name) noexcept {
  return std::equal(name.begin(), name.end(), kReserved.begin(), kReserved.end(),
                    [](char a, char b) noexcept { return to_lower(a) == b; });
}

}  // namespace

char* write_sheet_name(char* out, std::string_view label) noexcept {
  // Cut before the end is trimmed, as the cut may leave an apostrophe there.
  const std::string_view name = without_end(first_units(without_start(label), kSheetNameMaximum));
  if (name.empty()) return write_bytes(out, kNameless);
  const char* at = name.data();
  const char* const end = at + name.size();
  while (at != end) {
    const Character character = decode_utf8(at, end);
    out = write_bytes(out, is_allowed(character.code) ? std::string_view{at, character.size}
                                                      : std::string_view{"-"});
    at += character.size;
  }
  return is_reserved(name) ? write_bytes(out, "-") : out;
}

}  // namespace export_leads::core
