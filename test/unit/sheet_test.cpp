// Cells of a sheet, by example.
#include "core/sheet.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "core/cell_style.hpp"

namespace export_leads::test {
namespace {

using core::TextStyle;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

template <typename Write>
std::string written(Write write) {
  const auto out = std::make_unique<char[]>(core::kCellBound);
  char* end = write(out.get());
  return {out.get(), end};
}

std::string text_cell(std::string_view text, TextStyle style = TextStyle::cell) {
  return written([&](char* out) { return core::write_text_cell(out, {1, 1}, text, style).end; });
}

std::string integer_cell(std::int64_t value) {
  return written([&](char* out) { return core::write_integer_cell(out, {1, 1}, value); });
}

std::string timestamp_cell(std::int64_t microseconds) {
  return written([&](char* out) { return core::write_timestamp_cell(out, {1, 1}, microseconds); });
}

std::string timestamp_cell(std::int64_t microseconds, std::int32_t offset) {
  return written([&](char* out) {
    return core::write_timestamp_cell(out, {1, 1}, microseconds, offset);
  });
}

std::string text_of(std::string_view text, std::string_view style) {
  return R"(<c r="A1")" + std::string{style} + R"( t="inlineStr"><is><t>)" + std::string{text} +
         "</t></is></c>";
}

std::string number(std::string_view digits) {
  return R"(<c r="A1"><v>)" + std::string{digits} + "</v></c>";
}

std::string date(std::string_view serial) {
  return R"(<c r="A1")" + std::string{core::kTimestampStyle} + "><v>" + std::string{serial} +
         "</v></c>";
}

TEST(Sheet, NamesColumns) {
  const auto range = [](core::CellPlace last, bool absolute) {
    return written([&](char* out) { return core::write_range(out, last, absolute); });
  };
  EXPECT_EQ(range({11, 20}, false), "A1:K20");
  EXPECT_EQ(range({26, 1}, false), "A1:Z1");
  EXPECT_EQ(range({27, 1}, false), "A1:AA1");
  EXPECT_EQ(range({702, 1}, false), "A1:ZZ1");
  EXPECT_EQ(range({703, 1}, false), "A1:AAA1");
  EXPECT_EQ(range({16384, 1'048'576}, true), "$A$1:$XFD$1048576");
}

TEST(Sheet, HeadIsOfOneSize) {
  for (const core::CellPlace last : {core::CellPlace{1, 1}, core::CellPlace{16384, 1'048'576}}) {
    const std::string head = written([&](char* out) { return core::write_sheet_head(out, last); });
    EXPECT_EQ(head.size(), core::kSheetHeadSize);
    EXPECT_TRUE(head.ends_with("/>"));
  }
}

TEST(Sheet, PiecesKeepToTheirBounds) {
  const core::CellPlace last{16384, 1'048'576};
  EXPECT_LE(written([](char* out) { return core::write_sheet_view(out, true); }).size(),
            core::kSheetViewBound);
  EXPECT_LE(written([](char* out) { return core::write_column_width(out, 16384, 255); }).size(),
            core::kSheetViewBound);
  EXPECT_LE(written([](char* out) { return core::write_row_begin(out, 1'048'576, 99); }).size(),
            core::kRowBeginBound);
  EXPECT_LE(written([&](char* out) { return core::write_sheet_end(out, last); }).size(),
            core::kSheetEndBound);
}

TEST(Sheet, MakesRowsOfSeveralLinesHigher) {
  const auto begin = [](std::uint32_t lines) {
    return written([lines](char* out) { return core::write_row_begin(out, 7, lines); });
  };
  EXPECT_EQ(begin(0), R"(<row r="7">)");
  EXPECT_EQ(begin(1), R"(<row r="7">)");
  EXPECT_EQ(begin(3), R"(<row r="7" ht="45">)");
  EXPECT_EQ(begin(1'000'000'000), R"(<row r="7" ht="75">)");
}

TEST(Sheet, WritesTextsByWhatTheyHold) {
  EXPECT_EQ(text_cell("שלום"), text_of("שלום", core::kTextStyle));
  EXPECT_EQ(text_cell("=1+cmd"), text_of("=1+cmd", core::kTextStyle));
  EXPECT_EQ(text_cell("+972 50-123"), text_of("+972 50-123", core::kLeftToRightStyle));
  EXPECT_EQ(text_cell("phone", TextStyle::header), text_of("phone", core::kHeaderStyle));
  EXPECT_EQ(text_cell("1\n2"),
            R"(<c r="A1")" + std::string{core::kLinesStyle} +
                " t=\"inlineStr\"><is><t xml:space=\"preserve\">1\n2</t></is></c>");
  EXPECT_EQ(text_cell(""), "");
}

TEST(Sheet, CutsLongTextsBetweenCharacters) {
  const auto is_cut = [](std::string_view text) {
    bool cut = false;
    written([&](char* out) {
      const auto result = core::write_text_cell(out, {1, 1}, text, TextStyle::cell);
      cut = result.is_cut;
      return result.end;
    });
    return cut;
  };
  const std::string fits(32'767, 'x');
  EXPECT_FALSE(is_cut(fits));
  EXPECT_EQ(text_cell(fits), text_of(fits, core::kTextStyle));
  EXPECT_TRUE(is_cut(fits + "y"));
  EXPECT_EQ(text_cell(fits + "y"), text_of(fits.substr(1) + "…", core::kTextStyle));
  const std::string before(32'765, 'x');
  EXPECT_FALSE(is_cut(before + "😀"));
  EXPECT_TRUE(is_cut(before + "x😀"));
  EXPECT_EQ(text_cell(before + "😀x"), text_of(before + "…", core::kTextStyle));
}

TEST(Sheet, LongestTextKeepsToTheBound) {
  for (const std::string_view worst : {"\x01", "\xFF", "€", "\"", "_x0041_"}) {
    std::string text;
    while (text.size() < 100'000) text += worst;
    EXPECT_LE(text_cell(text).size(), core::kCellBound);
  }
}

TEST(Sheet, WritesIntegersThatADoubleShows) {
  EXPECT_EQ(integer_cell(0), number("0"));
  EXPECT_EQ(integer_cell(-42), number("-42"));
  EXPECT_EQ(integer_cell(999'999'999'999'999), number("999999999999999"));
  EXPECT_EQ(integer_cell(-999'999'999'999'999), number("-999999999999999"));
  EXPECT_EQ(integer_cell(1'000'000'000'000'000),
            text_of("1000000000000000", core::kLeftToRightStyle));
  EXPECT_EQ(integer_cell(std::numeric_limits<std::int64_t>::min()),
            text_of("-9223372036854775808", core::kLeftToRightStyle));
}

TEST(Sheet, WritesDates) {
  EXPECT_EQ(timestamp_cell(0), date("36526"));
  EXPECT_EQ(timestamp_cell(kDay / 2), date("36526.5"));
  EXPECT_EQ(timestamp_cell(kSecond), date("36526.000011574074"));
  EXPECT_EQ(timestamp_cell(1), date("36526.000000000012"));
  EXPECT_EQ(timestamp_cell(-1), date("36525.999999999988"));
  EXPECT_EQ(timestamp_cell(2 * kDay, 7200), date("36528.083333333333"));
  EXPECT_EQ(timestamp_cell(0, -1), date("36525.999988425926"));
}

TEST(Sheet, WritesDatesOutOfExcelsReachAsText) {
  const std::int64_t first = -36'465 * kDay;
  const std::int64_t end = 2'921'940 * kDay;
  EXPECT_EQ(timestamp_cell(first), date("61"));
  EXPECT_EQ(timestamp_cell(first - 1), text_of("1900-02-28T23:59:59.999999", core::kTextStyle));
  EXPECT_EQ(timestamp_cell(end - kSecond), date("2958465.999988425926"));
  EXPECT_EQ(timestamp_cell(end), text_of("10000-01-01T00:00:00", core::kTextStyle));
  EXPECT_EQ(timestamp_cell(end - kSecond, 3600),
            text_of("10000-01-01T00:59:59+01:00", core::kTextStyle));
  EXPECT_EQ(timestamp_cell(first - 3600 * kSecond, 3600), date("61"));
  for (const std::int64_t extreme :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_NE(timestamp_cell(extreme).find("inlineStr"), std::string::npos);
    EXPECT_NE(timestamp_cell(extreme, 50'400).find("inlineStr"), std::string::npos);
  }
}

}  // namespace
}  // namespace export_leads::test
