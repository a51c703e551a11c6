// The parts of a workbook other than its sheet, its texts and its styles (ECMA-376, part 2).
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstddef>
#include <string_view>

#include "core/xlsx/sheet.hpp"
#include "core/xlsx/sheet_name.hpp"
#include "core/xlsx/xml_text.hpp"

namespace export_leads::core {

/// The path of each part in the archive.
inline constexpr std::string_view kContentTypesPart = "[Content_Types].xml";
inline constexpr std::string_view kPackageLinksPart = "_rels/.rels";
inline constexpr std::string_view kWorkbookPart = "xl/workbook.xml";
inline constexpr std::string_view kWorkbookLinksPart = "xl/_rels/workbook.xml.rels";
inline constexpr std::string_view kStylesPart = "xl/styles.xml";
inline constexpr std::string_view kSheetPart = "xl/worksheets/sheet1.xml";
inline constexpr std::string_view kSharedStringsPart = "xl/sharedStrings.xml";

/// The parts that are the same in every workbook.
extern const std::string_view kContentTypes;
extern const std::string_view kPackageLinks;
extern const std::string_view kWorkbookLinks;

/// Upper bound, in bytes, of what write_workbook_part() writes.
inline constexpr std::size_t kWorkbookPartBound = 640 + 3 * xml_text_bound(kSheetNameBound);

/// Writes xl/workbook.xml at `out`, which has room for kWorkbookPartBound; returns one past the
/// end. It has one sheet of that name, filtered from A1 to `last`.
char* write_workbook_part(char* out, std::string_view sheet_name, CellPlace last) noexcept;

}  // namespace export_leads::core
