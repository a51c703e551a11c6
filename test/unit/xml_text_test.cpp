// Text in a workbook's XML, by example and read back.
#include "core/xlsx/xml_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "random_cell.hpp"
#include "text_oracle.hpp"

namespace export_leads::test {
namespace {

/// Writes into exactly the room the bound promises, with a canary behind it.
std::string written(std::string_view text) {
  const std::size_t bound = core::xml_text_bound(text.size());
  std::vector<char> out(bound + 1, '#');
  char* end = core::write_xml_text(out.data(), text);
  const auto size = static_cast<std::size_t>(end - out.data());
  EXPECT_LE(size, bound);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), size};
}

struct Example {
  std::string_view text;
  std::string_view xml;
};

void expect_written(const std::vector<Example>& examples) {
  for (const Example& example : examples) EXPECT_EQ(written(example.text), example.xml);
}

TEST(XmlText, LeavesPlainText) {
  for (const char* text : {"", "a", "שלום עולם", "ג׳ורג'", "=1+2", "a\tb", "a\nb", "\x7F", "\u0085",
                           "😀", "\uFFFD", "a_b", "_x", "_x00", "_xZZZZ_", "_X0041_", "x0041_"})
    EXPECT_EQ(written(text), text);
}

TEST(XmlText, WritesEntities) {
  expect_written({{"a<b>&\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;"}, {"&amp;", "&amp;amp;"}});
}

TEST(XmlText, EscapesControlCharacters) {
  expect_written({{std::string_view{"\0", 1}, "_x0000_"},
                  {"\x01", "_x0001_"},
                  {"a\r\nb", "a_x000D_\nb"},
                  {"\x1F", "_x001F_"}});
}

TEST(XmlText, KeepsLiteralEscapesLiteral) {
  expect_written({{"_x0041_", "_x005F_x0041_"},
                  {"_x00e9_", "_x005F_x00e9_"},
                  {"_x0041_x0042_", "_x005F_x0041_x005F_x0042_"},
                  {"_x0041\r", "_x005F_x0041_x000D_"},
                  {"__x0041_", "__x005F_x0041_"}});
}

TEST(XmlText, ReplacesWhatXmlHasNot) {
  expect_written({{"a\uFFFEb\uFFFF", "a\uFFFDb\uFFFD"},
                  {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
                  {"\xC0\x80", "\uFFFD\uFFFD"},
                  {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
                  {"\xD7", "\uFFFD"},
                  {"\xD7<", "\uFFFD&lt;"}});
}

TEST(XmlText, BoundIsReached) {
  EXPECT_EQ(written(std::string(9, '\x02')).size(), core::xml_text_bound(9));
}

TEST(XmlText, ReadsBackAsItWas) {
  RandomCells cells{376};
  for (int i = 0; i < 50'000; ++i) {
    std::string text = cells.pick(2) == 0 ? cells.next() : cells.next_malformed();
    for (const std::string_view piece : {"_x0041_", "_x00", "&", "<", "\r", "\x01"}) {
      if (cells.pick(8) == 0) text.insert(cells.pick(text.size() + 1), piece);
    }
    const auto parsed = parsed_xml(written(text));
    ASSERT_TRUE(parsed.has_value()) << testing::PrintToString(text);
    ASSERT_EQ(unescaped(*parsed), kept(text)) << testing::PrintToString(text);
  }
}

// Long texts are looked at in blocks, which end within a character or just before what is awkward.
TEST(XmlText, EscapesWhereverItStandsInALongText) {
  const std::vector<Example> pieces{{"", ""},
                                    {"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"_x0041_", "_x005F_x0041_"},
                                    {"_", "_"},
                                    {"\t", "\t"},
                                    {"\n", "\n"},
                                    {"\x1F", "_x001F_"},
                                    {"\x7F", "\x7F"},
                                    {"\u0080", "\u0080"},
                                    {"€", "€"},
                                    {"😀", "😀"},
                                    {"\uFFFE", "\uFFFD"},
                                    {"\xC1\x80", "\uFFFD\uFFFD"},
                                    {"\xD7", "\uFFFD"},
                                    {"\x90", "\uFFFD"},
                                    {"\xE0", "\uFFFD"},
                                    {"\xE0\x80", "\uFFFD\uFFFD"},
                                    {"\xFF", "\uFFFD"}};
  for (const std::string plain : {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
                                  "אבגדהוזחטיכלמנסעפצקרשת", "aאבגדהוזחטיכלמנסעפצקרשת"}) {
    for (std::size_t at = 0; at <= plain.size(); ++at) {
      if (at < plain.size() && (core::to_byte(plain[at]) & 0xC0U) == 0x80U) continue;
      for (const Example& piece : pieces) {
        std::string text = plain;
        std::string xml = plain;
        text.insert(at, piece.text);
        xml.insert(at, piece.xml);
        const std::vector<char> alone{text.begin(), text.end()};
        EXPECT_EQ(written({alone.data(), alone.size()}), xml);
      }
    }
  }
}

TEST(XmlText, PreservesSpaceWhereItWouldBeLost) {
  for (const char* text : {" a", "a ", "\ta", "a\nb", "a\tb", "\n"})
    EXPECT_TRUE(core::needs_preserved_space(text)) << text;
  for (const char* text : {"", "a", "a b", "\u00A0a"})
    EXPECT_FALSE(core::needs_preserved_space(text)) << text;
}

}  // namespace
}  // namespace export_leads::test
