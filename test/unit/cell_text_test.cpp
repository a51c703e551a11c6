// Texts as cells take them, by example.
#include "core/xlsx/cell_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace export_leads::test {
namespace {

struct Fitted {
  std::string text;
  bool is_cut;
};

Fitted fitted(std::string_view text) {
  static std::array<char, core::kCellTextScratchSize> scratch;
  const core::CellText cell = core::fit_cell_text(scratch.data(), text);
  return {std::string{cell.text}, cell.is_cut};
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

TEST(CellText, EndsItsLinesInLineFeeds) {
  EXPECT_EQ(fitted("a\r\nb").text, "a\nb");
  EXPECT_EQ(fitted("a\rb").text, "a\nb");
  EXPECT_EQ(fitted("a\nb").text, "a\nb");
  EXPECT_EQ(fitted("\r\n\r\n").text, "\n\n");
  EXPECT_EQ(fitted("a\n\rb").text, "a\n\nb");
  EXPECT_EQ(fitted("\r\r\n\r").text, "\n\n\n");
  EXPECT_EQ(fitted("_x000D_\r").text, "_x000D_\n");
}

TEST(CellText, NeedsNoCopyWhereNothingChanges) {
  const std::string_view text = "שלום\nעולם";
  EXPECT_EQ(core::fit_cell_text(nullptr, text).text.data(), text.data());
}

TEST(CellText, CountsItsLengthAfterLineBreaksAreFolded) {
  const std::string fits = repeated("a\r\n", 16'383);
  EXPECT_FALSE(fitted(fits).is_cut);
  EXPECT_EQ(fitted(fits).text, repeated("a\n", 16'383));
  EXPECT_FALSE(fitted(fits + "b").is_cut);
  EXPECT_TRUE(fitted(fits + "bc").is_cut);
  EXPECT_EQ(fitted(fits + "bc").text, repeated("a\n", 16'383) + "…");
  EXPECT_EQ(fitted(repeated("\r\n", 40'000)).text, repeated("\n", 32'766) + "…");
  EXPECT_EQ(fitted(repeated("\r\n", 32'767)).text, repeated("\n", 32'767));
}

TEST(CellText, IsCutAtTheSamePlaceWhateverItsBytes) {
  for (const std::string_view character : {"x", "ש", "€", "\xFF"}) {
    const std::string full = repeated(character, 32'766);
    EXPECT_EQ(fitted("\r" + full).text, "\n" + full);
    EXPECT_EQ(fitted("\r" + full + "x").text,
              "\n" + full.substr(0, full.size() - character.size()) + "…");
    EXPECT_EQ(fitted("\r" + full + full).text,
              "\n" + full.substr(0, full.size() - character.size()) + "…");
  }
  EXPECT_EQ(fitted("\r" + repeated("😀", 16'383)).text, "\n" + repeated("😀", 16'383));
  EXPECT_EQ(fitted("\r" + repeated("😀", 16'384)).text, "\n" + repeated("😀", 16'382) + "…");
}

TEST(CellText, HasLinesHoweverTheyEnd) {
  EXPECT_EQ(core::count_lines(""), 1U);
  EXPECT_EQ(core::count_lines("a"), 1U);
  EXPECT_EQ(core::count_lines("a\nb\n"), 3U);
  EXPECT_EQ(core::count_lines("a\r\nb\rc"), 3U);
  EXPECT_EQ(core::count_lines("\r\r\n\n"), 4U);
}

}  // namespace
}  // namespace export_leads::test
