// The styles of a workbook: that each number leads to the style its name promises.
#include "core/xlsx/cell_style.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "xml_reader.hpp"

namespace export_leads::test {
namespace {

std::size_t number(const std::u32string& digits) {
  return std::stoul(std::string{digits.begin(), digits.end()});
}

XmlElement styles() { return parsed_document(core::kStyles); }

/// The format that an attribute such as s="3" of a cell leads to.
XmlElement format_of(std::string_view attribute) {
  EXPECT_TRUE(attribute.starts_with(" s=\"") && attribute.ends_with('"'));
  return styles().one("cellXfs").all("xf").at(std::stoul(std::string{attribute.substr(4)}));
}

std::u32string number_format_of(std::string_view attribute) {
  const XmlElement format = format_of(attribute);
  EXPECT_EQ(format.attributes.at("applyNumberFormat"), U"1");
  for (const XmlElement& known : styles().one("numFmts").all("numFmt")) {
    if (known.attributes.at("numFmtId") == format.attributes.at("numFmtId"))
      return known.attributes.at("formatCode");
  }
  return {};
}

TEST(CellStyle, CountsWhatItLists) {
  ASSERT_EQ(styles().name, "styleSheet");
  for (const char* list :
       {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles"}) {
    const XmlElement element = styles().one(list);
    EXPECT_EQ(number(element.attributes.at("count")), element.children.size()) << list;
  }
}

TEST(CellStyle, RefersToWhatThereIs) {
  for (const XmlElement& format : styles().one("cellXfs").all("xf")) {
    EXPECT_LT(number(format.attributes.at("fontId")), styles().one("fonts").children.size());
    EXPECT_LT(number(format.attributes.at("fillId")), styles().one("fills").children.size());
    EXPECT_LT(number(format.attributes.at("borderId")), styles().one("borders").children.size());
    EXPECT_LT(number(format.attributes.at("xfId")), styles().one("cellStyleXfs").children.size());
  }
}

TEST(CellStyle, KeepsEveryTextAText) {
  for (const std::string_view style :
       {core::kHeaderStyle, core::kTextStyle, core::kLeftToRightStyle, core::kLinesStyle}) {
    EXPECT_EQ(format_of(style).attributes.at("quotePrefix"), U"1") << style;
    EXPECT_EQ(format_of(style).attributes.at("numFmtId"), U"0") << style;
  }
}

TEST(CellStyle, ShowsHeadersBoldAndNothingElse) {
  for (const std::string_view style :
       {core::kHeaderStyle, core::kTextStyle, core::kLeftToRightStyle, core::kLinesStyle,
        core::kTimestampStyle, core::kDateStyle}) {
    const std::size_t font = number(format_of(style).attributes.at("fontId"));
    const bool is_bold = !styles().one("fonts").all("font").at(font).all("b").empty();
    EXPECT_EQ(is_bold, style == core::kHeaderStyle) << style;
  }
}

TEST(CellStyle, AlignsWhatReadsLeftToRightAndWhatHasLines) {
  EXPECT_TRUE(format_of(core::kTextStyle).children.empty());
  const XmlElement left_to_right = format_of(core::kLeftToRightStyle).one("alignment");
  EXPECT_EQ(left_to_right.attributes.at("readingOrder"), U"1");
  const XmlElement lines = format_of(core::kLinesStyle).one("alignment");
  EXPECT_EQ(lines.attributes.at("wrapText"), U"1");
  EXPECT_EQ(lines.attributes.at("vertical"), U"top");
}

TEST(CellStyle, ShowsDatesFromTheYearOn) {
  EXPECT_EQ(number_format_of(core::kTimestampStyle), UR"(yyyy\-mm\-dd\ hh:mm:ss)");
  EXPECT_EQ(number_format_of(core::kDateStyle), UR"(yyyy\-mm\-dd)");
}

}  // namespace
}  // namespace export_leads::test
