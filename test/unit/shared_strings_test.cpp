// The shared strings' XML, read back, and its bounds.
#include "core/xlsx/shared_strings.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "xml_reader.hpp"

namespace export_leads::test {
namespace {

std::string head(std::uint64_t cells, std::uint32_t texts) {
  const auto out = std::make_unique<char[]>(core::kSharedStringsHeadBound);
  return {out.get(), core::write_shared_strings_head(out.get(), cells, texts)};
}

std::string element(std::string_view text) {
  const auto out = std::make_unique<char[]>(core::kSharedStringBound);
  return {out.get(), core::write_shared_string(out.get(), text)};
}

TEST(SharedStrings, ReadBackAsTheyWere) {
  const std::vector<std::string> texts{
      "", "שלום & <עולם>", " blanks around ", "a\nb", "_x0041_", "=1+2", "\x01", "😀"};
  std::string xml = head(12, static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) xml += element(text);
  const XmlElement root = parsed_document(xml.append(core::kSharedStringsEnd));
  ASSERT_EQ(root.name, "sst");
  EXPECT_EQ(root.attributes.at("count"), U"12");
  EXPECT_EQ(root.attributes.at("uniqueCount"), U"8");
  ASSERT_EQ(root.all("si").size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(unescaped(root.all("si")[i].one("t").text), code_points(texts[i])) << texts[i];
  }
}

TEST(SharedStrings, PreserveSpaceWhereItWouldBeLost) {
  EXPECT_EQ(element("a b"), "<si><t>a b</t></si>");
  EXPECT_EQ(element(" a"), "<si><t xml:space=\"preserve\"> a</t></si>");
  EXPECT_EQ(element("a\nb"), "<si><t xml:space=\"preserve\">a\nb</t></si>");
}

TEST(SharedStrings, KeepToTheirBounds) {
  EXPECT_LE(
      head(std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::uint32_t>::max())
          .size(),
      core::kSharedStringsHeadBound);
  for (const std::string_view character : {"\x01", "&", "\xFF", "€", " "}) {
    std::string text;
    for (std::size_t i = 0; i < core::kCellTextMaximum; ++i) text += character;
    EXPECT_LE(element(text).size(), core::kSharedStringBound) << character;
  }
}

}  // namespace
}  // namespace export_leads::test
