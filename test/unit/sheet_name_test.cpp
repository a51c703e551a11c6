// Sheets' names, by example.
#include "core/xlsx/sheet_name.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace export_leads::test {
namespace {

std::string name_of(std::string_view label) {
  std::array<char, core::kSheetNameBound + 1> out;
  out.fill('#');
  char* end = core::write_sheet_name(out.data(), label);
  EXPECT_EQ(out.back(), '#');
  return {out.data(), end};
}

std::string repeated(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(SheetName, KeepsHebrew) {
  EXPECT_EQ(name_of("ליד חדש"), "ליד חדש");
  EXPECT_EQ(name_of("צ'ק & \"חזר\""), "צ'ק & \"חזר\"");
}

TEST(SheetName, PutsAHyphenForWhatExcelForbids) {
  EXPECT_EQ(name_of("a[b]c:d*e?f/g\\h"), "a-b-c-d-e-f-g-h");
  EXPECT_EQ(name_of("a\r\n\tb\x7F"), "a---b-");
  EXPECT_EQ(name_of("a\xFF\uFFFE"), "a--");
}

TEST(SheetName, TrimsApostrophesAndBlanks) {
  EXPECT_EQ(name_of(" 'a' "), "a");
  EXPECT_EQ(name_of(repeated("a", 30) + "'b"), repeated("a", 30)) << "bared by the cut";
}

TEST(SheetName, CutsToThirtyOneUnits) {
  EXPECT_EQ(name_of(repeated("ש", 31)), repeated("ש", 31));
  EXPECT_EQ(name_of(repeated("ש", 32)), repeated("ש", 31));
  EXPECT_EQ(name_of(repeated("€", 40)).size(), core::kSheetNameBound);
  EXPECT_EQ(name_of(repeated("😀", 16)), repeated("😀", 15)) << "each is two units";
}

TEST(SheetName, IsNeverEmpty) {
  for (const char* label : {"", "'", " ", "' '"}) EXPECT_EQ(name_of(label), "Leads");
}

TEST(SheetName, LeavesHistoryToExcel) {
  EXPECT_EQ(name_of("History"), "History-");
  EXPECT_EQ(name_of("'hiSTORY "), "hiSTORY-");
  EXPECT_EQ(name_of("History 2"), "History 2");
}

}  // namespace
}  // namespace export_leads::test
