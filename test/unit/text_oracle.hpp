// What a workbook's reader makes of text, told anew and simply: UTF-8 in code points, XML entities
// and _xHHHH_ read back.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace export_leads::test {

/// The text's code points. A byte that no well-formed sequence holds (Unicode 15, table 3-7) is
/// U+FFFD.
inline std::u32string code_points(std::string_view text) {
  struct Form {
    unsigned first_lead, last_lead, first_second, last_second;
    std::size_t size;
  };
  static constexpr Form kForms[] = {
      {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
      {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
      {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
  };
  std::u32string codes;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    char32_t code = byte(0) < 0x80 ? byte(0) : 0xFFFD;
    std::size_t size = 1;
    for (const Form& form : kForms) {
      if (byte(0) < form.first_lead || byte(0) > form.last_lead) continue;
      bool fits = byte(1) >= form.first_second && byte(1) <= form.last_second;
      for (std::size_t i = 2; i < form.size; ++i) fits = fits && byte(i) >= 0x80 && byte(i) <= 0xBF;
      if (!fits) continue;
      code = byte(0) & (0xFFU >> (form.size + 1));
      for (std::size_t i = 1; i < form.size; ++i) code = code << 6U | (byte(i) & 0x3FU);
      size = form.size;
    }
    codes += code;
    at += size;
  }
  return codes;
}

/// How many UTF-16 units the code points take.
inline std::size_t units(const std::u32string& codes) {
  std::size_t count = 0;
  for (const char32_t code : codes) count += code > 0xFFFF ? 2 : 1;
  return count;
}

/// What a workbook can keep of a text: everything but the two code points that XML has not.
inline std::u32string kept(std::string_view text) {
  std::u32string codes = code_points(text);
  for (char32_t& code : codes) {
    if (code == 0xFFFE || code == 0xFFFF) code = 0xFFFD;
  }
  return codes;
}

/// The text of an XML element as a parser reports it; nothing where it is not well-formed XML 1.0.
inline std::optional<std::u32string> parsed_xml(std::string_view xml) {
  std::u32string text;
  const std::u32string codes = code_points(xml);
  for (std::size_t at = 0; at < codes.size();) {
    const char32_t code = codes[at];
    if ((code < 0x20 && code != '\t' && code != '\n') || code == '<' || code == 0xFFFE ||
        code == 0xFFFF)
      return {};
    if (code != '&') {
      text += code;
      ++at;
      continue;
    }
    const std::size_t end = codes.find(';', at);
    if (end == std::u32string::npos) return {};
    const std::u32string entity = codes.substr(at + 1, end - at - 1);
    if (entity == U"amp")
      text += '&';
    else if (entity == U"lt")
      text += '<';
    else if (entity == U"gt")
      text += '>';
    else if (entity == U"quot")
      text += '"';
    else
      return {};
    at = end + 1;
  }
  return text;
}

/// What a spreadsheet makes of the text that the XML parser reports: _xHHHH_ is a character.
inline std::u32string unescaped(const std::u32string& text) {
  const auto digit = [](char32_t c) {
    if (c >= '0' && c <= '9') return static_cast<int>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a' + 10);
    return c >= 'A' && c <= 'F' ? static_cast<int>(c - 'A' + 10) : -1;
  };
  std::u32string result;
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = 0;
    bool is_escape =
        at + 6 < text.size() && text[at] == '_' && text[at + 1] == 'x' && text[at + 6] == '_';
    for (std::size_t i = 2; i < 6 && is_escape; ++i) {
      is_escape = digit(text[at + i]) >= 0;
      if (is_escape) code = code * 16 + static_cast<char32_t>(digit(text[at + i]));
    }
    result += is_escape ? code : text[at];
    at += is_escape ? 7 : 1;
  }
  return result;
}

}  // namespace export_leads::test
