// Escapes text for the XML of a workbook, where more is escaped than XML itself asks for (ECMA-376,
// part 1, section 22.9.2.19, ST_Xstring).
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

namespace export_leads::core {

/// Upper bound, in bytes, of what write_xml_text() writes for `size` bytes: _x0001_ for each.
[[nodiscard]] constexpr std::size_t xml_text_bound(std::size_t size) noexcept { return 7 * size; }

/// Writes `text` at `out`, which has room for xml_text_bound(); returns one past the end. The
/// result may stand in an element and, if it holds no tab or line feed, in a quoted attribute.
///
/// The characters & < > " become entities. Control characters, which XML does not have, become
/// _xHHHH_; so does a carriage return, which XML readers drop, but tab and line feed stay. An
/// underscore before xHHHH becomes _x005F_, so that such text is not taken for an escape. U+FFFE,
/// U+FFFF and each malformed byte become U+FFFD.
char* write_xml_text(char* out, std::string_view text) noexcept;

/// Whether an element with `text` needs xml:space="preserve": the text begins or ends with white
/// space, or holds a line feed or a tab.
[[nodiscard]] bool needs_preserved_space(std::string_view text) noexcept;

}  // namespace export_leads::core
