// Cells of a sheet, by example.
#include "core/xlsx/sheet.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/xlsx/cell_style.hpp"

namespace export_leads::test {
namespace {

using core::TextStyle;

template <typename Write>
std::string written(Write write) {
  const auto out = std::make_unique<char[]>(core::kCellBound);
  char* end = write(out.get());
  return {out.get(), end};
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

TEST(Sheet, ShowsTextsByWhatTheyHold) {
  EXPECT_EQ(core::style_of("שלום", TextStyle::cell), core::kTextStyle);
  EXPECT_EQ(core::style_of("=1+cmd", TextStyle::cell), core::kTextStyle);
  EXPECT_EQ(core::style_of("+972 50-123", TextStyle::cell), core::kLeftToRightStyle);
  EXPECT_EQ(core::style_of("1\n2", TextStyle::cell), core::kLinesStyle);
  EXPECT_EQ(core::style_of("phone", TextStyle::header), core::kHeaderStyle);
}

TEST(Sheet, WritesCells) {
  const core::CellPlace place{28, 1'048'576};
  const auto cell = [](auto write) { return written([&](char* out) { return write(out); }); };
  EXPECT_EQ(cell([&](char* out) { return core::write_text_cell(out, place, 7, core::kTextStyle); }),
            R"(<c r="AB1048576" s="2" t="s"><v>7</v></c>)");
  EXPECT_EQ(cell([&](char* out) { return core::write_number_cell(out, place, "-1.5"); }),
            R"(<c r="AB1048576"><v>-1.5</v></c>)");
  EXPECT_EQ(cell([&](char* out) { return core::write_boolean_cell(out, place, true); }),
            R"(<c r="AB1048576" t="b"><v>1</v></c>)");
  EXPECT_EQ(cell([&](char* out) { return core::write_boolean_cell(out, place, false); }),
            R"(<c r="AB1048576" t="b"><v>0</v></c>)");
  EXPECT_EQ(cell([&](char* out) { return core::write_date_cell(out, place, -1); }),
            R"(<c r="AB1048576" s="6"><v>36525</v></c>)");
  EXPECT_EQ(cell([&](char* out) { return core::write_timestamp_cell(out, place, 43'200'000'000); }),
            R"(<c r="AB1048576" s="5"><v>36526.5</v></c>)");
}

TEST(Sheet, CellsKeepToTheirBound) {
  const core::CellPlace last{16384, 1'048'576};
  const std::string number(core::kDecimalBound, '9');
  EXPECT_LE(written([&](char* out) { return core::write_number_cell(out, last, number); }).size(),
            core::kCellBound);
  EXPECT_LE(written([&](char* out) {
              return core::write_text_cell(out, last, 4'294'967'295, core::kTextStyle);
            }).size(),
            core::kCellBound);
}

}  // namespace
}  // namespace export_leads::test
