// Holds what Excel reads in a workbook before it comes to the sheet.
#include "core/xlsx/package.hpp"

#include <algorithm>

#include "core/bytes.hpp"

namespace export_leads::core {

const std::string_view kContentTypes =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
    "\n"
    R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">)"
    R"(<Default Extension="rels")"
    R"( ContentType="application/vnd.openxmlformats-package.relationships+xml"/>)"
    R"(<Override PartName="/xl/workbook.xml")"
    R"( ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>)"
    R"(<Override PartName="/xl/styles.xml")"
    R"( ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>)"
    R"(<Override PartName="/xl/worksheets/sheet1.xml")"
    R"( ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>)"
    R"(<Override PartName="/xl/sharedStrings.xml")"
    R"( ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>)"
    R"(</Types>)";

const std::string_view kPackageLinks =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
    "\n"
    R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">)"
    R"(<Relationship Id="rId1" Target="xl/workbook.xml")"
    R"( Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>)"
    R"(</Relationships>)";

const std::string_view kWorkbookLinks =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
    "\n"
    R"(<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">)"
    R"(<Relationship Id="rId1" Target="worksheets/sheet1.xml")"
    R"( Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>)"
    R"(<Relationship Id="rId2" Target="styles.xml")"
    R"( Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/>)"
    R"(<Relationship Id="rId3" Target="sharedStrings.xml")"
    R"( Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>)"
    R"(</Relationships>)";

namespace {

/// Writes a name as references have it: between apostrophes, with those in the name doubled.
char* write_quoted_name(char* out, std::string_view name) noexcept {
  *out++ = '\'';
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t after = std::min(name.find('\'', at), name.size() - 1) + 1;
    out = write_xml_text(out, name.substr(at, after - at));
    if (name[after - 1] == '\'') *out++ = '\'';
    at = after;
  }
  *out++ = '\'';
  return out;
}

}  // namespace

char* write_workbook_part(char* out, std::string_view sheet_name, CellPlace last) noexcept {
  out = write_bytes(
      out, R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
           "\n"
           R"(<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main")"
           R"( xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">)"
           R"(<bookViews><workbookView/></bookViews><sheets><sheet name=")");
  out = write_xml_text(out, sheet_name);
  // Excel keeps the range of a filter under this hidden name, and so do other programs.
  out =
      write_bytes(out, R"(" sheetId="1" r:id="rId1"/></sheets><definedNames>)"
                       R"(<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">)");
  out = write_quoted_name(out, sheet_name);
  *out++ = '!';
  out = write_range(out, last, true);
  return write_bytes(out, "</definedName></definedNames></workbook>");
}

}  // namespace export_leads::core
