// The parts of a workbook beside its sheet: that they are XML, and that they lead to one another.
#include "core/xlsx/package.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "xml_reader.hpp"

namespace export_leads::test {
namespace {

constexpr auto kParts = std::to_array<std::string_view>(
    {core::kContentTypesPart, core::kPackageLinksPart, core::kWorkbookPart,
     core::kWorkbookLinksPart, core::kStylesPart, core::kSheetPart, core::kSharedStringsPart});

constexpr core::CellPlace kLastCell{3, 4};

/// Writes into exactly the room the bound promises, with a canary behind it.
std::string workbook_part(std::string_view sheet_name, core::CellPlace last = kLastCell) {
  std::array<char, core::kWorkbookPartBound + 1> out;
  out.fill('#');
  char* const end = core::write_workbook_part(out.data(), sheet_name, last);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), end};
}

/// The part's one sheet's name and the range of its filter, as a spreadsheet reads them.
std::array<std::u32string, 2> name_and_filter(std::string_view sheet_name) {
  const XmlElement workbook = parsed_document(workbook_part(sheet_name));
  EXPECT_EQ(workbook.name, "workbook") << sheet_name;
  if (workbook.name.empty()) return {};
  const XmlElement filter = workbook.one("definedNames").one("definedName");
  EXPECT_EQ(filter.attributes.at("name"), U"_xlnm._FilterDatabase");
  EXPECT_EQ(filter.attributes.at("localSheetId"), U"0");
  EXPECT_EQ(filter.attributes.at("hidden"), U"1");
  return {unescaped(workbook.one("sheets").one("sheet").attributes.at("name")),
          unescaped(filter.text)};
}

/// The targets of a part's links by their kind, the last word of their type.
std::map<std::string, std::string> targets(std::string_view links) {
  std::map<std::string, std::string> found;
  std::set<std::u32string> ids;
  for (const XmlElement& link : parsed_document(links).all("Relationship")) {
    const std::u32string type = link.attributes.at("Type");
    const std::u32string kind = type.substr(type.rfind(U'/') + 1);
    const std::u32string target = link.attributes.at("Target");
    EXPECT_TRUE(ids.insert(link.attributes.at("Id")).second) << "an id of its own";
    found[{kind.begin(), kind.end()}] = {target.begin(), target.end()};
  }
  return found;
}

TEST(Package, NamesEachPartOnce) {
  EXPECT_EQ(std::set<std::string_view>(kParts.begin(), kParts.end()).size(), kParts.size());
}

TEST(Package, SaysWhatEachPartHolds) {
  const XmlElement types = parsed_document(core::kContentTypes);
  ASSERT_EQ(types.name, "Types");
  std::map<std::u32string, std::u32string> by_part;
  for (const XmlElement& type : types.all("Override")) {
    by_part[type.attributes.at("PartName")] = type.attributes.at("ContentType");
  }
  const std::u32string format = U"application/vnd.openxmlformats-officedocument.spreadsheetml.";
  EXPECT_EQ(by_part, (std::map<std::u32string, std::u32string>{
                         {U"/xl/workbook.xml", format + U"sheet.main+xml"},
                         {U"/xl/styles.xml", format + U"styles+xml"},
                         {U"/xl/worksheets/sheet1.xml", format + U"worksheet+xml"},
                         {U"/xl/sharedStrings.xml", format + U"sharedStrings+xml"},
                     }));
  const XmlElement links = types.one("Default");
  EXPECT_EQ(links.attributes.at("Extension"), U"rels");
  for (const std::string_view part : kParts) {
    const bool is_known = part == core::kContentTypesPart || part.ends_with(".rels") ||
                          by_part.contains(code_points("/" + std::string{part}));
    EXPECT_TRUE(is_known) << part;
  }
}

TEST(Package, LeadsToTheWorkbookAndFromItToTheOtherParts) {
  using Targets = std::map<std::string, std::string>;
  EXPECT_EQ(targets(core::kPackageLinks),
            (Targets{{"officeDocument", std::string{core::kWorkbookPart}}}));
  const auto in_its_folder = [](std::string_view part) {
    EXPECT_TRUE(part.starts_with("xl/"));
    return std::string{part.substr(3)};
  };
  EXPECT_EQ(targets(core::kWorkbookLinks),
            (Targets{{"worksheet", in_its_folder(core::kSheetPart)},
                     {"styles", in_its_folder(core::kStylesPart)},
                     {"sharedStrings", in_its_folder(core::kSharedStringsPart)}}));
}

TEST(Package, FindsItsSheetByTheIdOfTheLink) {
  const XmlElement sheet = parsed_document(workbook_part("Leads")).one("sheets").one("sheet");
  EXPECT_EQ(sheet.attributes.at("sheetId"), U"1");
  for (const XmlElement& link : parsed_document(core::kWorkbookLinks).all("Relationship")) {
    const bool is_it = link.attributes.at("Id") == sheet.attributes.at("r:id");
    EXPECT_EQ(link.attributes.at("Target") == U"worksheets/sheet1.xml", is_it);
  }
}

TEST(Package, KeepsEveryNameOfASheet) {
  for (const char* name : {"Leads", "ליד חדש", "a & b <c> \"d\"", "_x0041_", "😀", "&amp;"}) {
    const auto [read, filter] = name_and_filter(name);
    EXPECT_EQ(read, code_points(name)) << name;
    EXPECT_EQ(filter, U"'" + code_points(name) + U"'!$A$1:$C$4") << name;
  }
}

TEST(Package, DoublesApostrophesInReferencesAlone) {
  struct Example {
    std::string_view name, quoted;
  };
  for (const auto& [name, quoted] : std::to_array<Example>(
           {{"it's", "'it''s'"}, {"צ'ק '", "'צ''ק '''"}, {"'", "''''"}, {"a''b", "'a''''b'"}})) {
    const auto [read, filter] = name_and_filter(name);
    EXPECT_EQ(read, code_points(name));
    EXPECT_EQ(filter, code_points(quoted) + U"!$A$1:$C$4");
  }
}

TEST(Package, KeepsToItsBoundWhateverTheName) {
  const core::CellPlace last{16'384, core::kSheetRowMaximum};
  for (const char byte : {'\x01', '\'', '"', '&', 'x'}) {
    EXPECT_LE(workbook_part(std::string(core::kSheetNameBound, byte), last).size(),
              core::kWorkbookPartBound);
  }
}

}  // namespace
}  // namespace export_leads::test
