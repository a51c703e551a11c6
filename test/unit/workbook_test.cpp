// Whole workbooks: their archive is read back with an unzipper of a few lines, zip_reader.hpp.
#include "core/xlsx/workbook.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "core/xlsx/cell_style.hpp"
#include "memory_file.hpp"
#include "zip_reader.hpp"

namespace export_leads::test {
namespace {

using core::RowProblem;
using core::Workbook;

constexpr std::array<core::SheetColumn, 3> kColumns{{{"מזהה", 10}, {"phone", 16}, {"notes", 60}}};
constexpr core::SheetDescription kSheet{"ליד 'חדש'", kColumns, true};

struct Writer {
  MemoryFile file;
  MemoryFile strings;
  Workbook workbook;
  core::WorkbookMemory memory;

  void begin() { core::begin_workbook(workbook, kSheet, {file.sink(), strings.sink()}, memory); }

  void write_rows(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(core::begin_row(workbook), RowProblem::none);
      core::add_integer(workbook, i);
      core::skip_cell(workbook);
      core::add_text(workbook, "הערה " + std::to_string(i * 7919 % 10007));
      core::end_row(workbook);
    }
  }
};

std::unique_ptr<Writer> written_workbook(int rows) {
  auto writer = std::make_unique<Writer>();
  writer->begin();
  writer->write_rows(rows);
  core::end_workbook(writer->workbook);
  return writer;
}

constexpr const char* kSheetPart = "xl/worksheets/sheet1.xml";
constexpr const char* kStringsPart = "xl/sharedStrings.xml";

/// What a workbook of one row holds in its sheet after the header, and among its strings after the
/// headers.
struct Row {
  std::string cells;
  std::string texts;
};

template <typename Write>
Row written_row(Write write) {
  const auto writer = std::make_unique<Writer>();
  writer->begin();
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::none);
  write(writer->workbook);
  core::end_row(writer->workbook);
  core::end_workbook(writer->workbook);
  const auto files = unzipped(writer->file.view());
  const std::string& sheet = files.at(kSheetPart);
  const std::string& strings = files.at(kStringsPart);
  const std::size_t cells = sheet.find("<row r=\"2\">") + std::strlen("<row r=\"2\">");
  const std::size_t texts = strings.find("<t>notes</t></si>") + std::strlen("<t>notes</t></si>");
  return {sheet.substr(cells, sheet.find("</row></sheetData>") - cells),
          strings.substr(texts, strings.size() - texts - std::strlen("</sst>"))};
}

std::string text_of(std::string_view text) {
  const Row row = written_row([&](Workbook& workbook) { core::add_text(workbook, text); });
  constexpr std::string_view kBegin = "<si><t>";
  return row.texts.substr(kBegin.size(), row.texts.size() - 2 * kBegin.size() - 2);
}

/// The one cell of a row: a number in a style.
std::string number(std::string_view digits, std::string_view style = {}) {
  return R"(<c r="A2")" + std::string{style} + "><v>" + std::string{digits} + "</v></c>";
}

/// Whether the row's one cell is a text, which reads from left to right or not.
void expect_text(const Row& row, std::string_view text, std::string_view style) {
  EXPECT_EQ(row.cells, R"(<c r="A2")" + std::string{style} + R"( t="s"><v>3</v></c>)");
  EXPECT_EQ(row.texts, "<si><t>" + std::string{text} + "</t></si>");
}

Row integer(std::int64_t value) {
  return written_row([value](Workbook& workbook) { core::add_integer(workbook, value); });
}

Row decimal(std::string_view value) {
  return written_row([value](Workbook& workbook) { core::add_decimal(workbook, value); });
}

Row timestamp(std::int64_t microseconds) {
  return written_row(
      [microseconds](Workbook& workbook) { core::add_timestamp(workbook, microseconds); });
}

Row timestamp(std::int64_t microseconds, std::int32_t offset) {
  return written_row(
      [=](Workbook& workbook) { core::add_timestamp(workbook, microseconds, offset); });
}

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

TEST(Workbook, IsAnArchiveOfItsParts) {
  for (const int rows : {0, 1, 5000}) {
    const auto writer = written_workbook(rows);
    const auto files = unzipped(writer->file.view());
    ASSERT_EQ(files.size(), 7U);
    const std::string& sheet = files.at(kSheetPart);
    const std::string range = "A1:C" + std::to_string(rows + 1);
    EXPECT_NE(sheet.find("<dimension ref=\"" + range + "\""), std::string::npos);
    EXPECT_NE(sheet.find("<autoFilter ref=\"" + range + "\"/>"), std::string::npos);
    EXPECT_TRUE(sheet.ends_with("</worksheet>"));
    EXPECT_NE(
        files.at("xl/workbook.xml").find("'ליד ''חדש'!$A$1:$C$" + std::to_string(rows + 1) + "<"),
        std::string::npos);
  }
}

TEST(Workbook, HoldsWhatDoesNotCompress) {
  std::mt19937 random{1951};
  const auto writer = std::make_unique<Writer>();
  writer->begin();
  std::string xml;
  for (int row = 0; row < 10; ++row) {
    ASSERT_EQ(core::begin_row(writer->workbook), RowProblem::none);
    std::string text;
    for (int i = 0; i < 30'000; ++i) {
      text += static_cast<char>(0xE5 + random() % 4);
      text += static_cast<char>(0x80 + random() % 64);
      text += static_cast<char>(0x80 + random() % 64);
    }
    core::add_text(writer->workbook, text);
    core::end_row(writer->workbook);
    xml += text;
  }
  core::end_workbook(writer->workbook);
  const auto files = unzipped(writer->file.view());
  std::string read = files.at(kStringsPart);
  std::erase_if(read, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  EXPECT_TRUE(read.ends_with(xml));
}

TEST(Workbook, IsTheSameForTheSameData) {
  EXPECT_EQ(written_workbook(100)->file.view(), written_workbook(100)->file.view());
}

TEST(Workbook, StoresATextThatRepeatsOnce) {
  const auto writer = std::make_unique<Writer>();
  writer->begin();
  for (int row = 0; row < 3; ++row) {
    ASSERT_EQ(core::begin_row(writer->workbook), RowProblem::none);
    for (const std::string_view text : {"a\nb", "a\r\nb", "phone"})
      core::add_text(writer->workbook, text);
    core::end_row(writer->workbook);
  }
  core::end_workbook(writer->workbook);
  const auto files = unzipped(writer->file.view());
  EXPECT_TRUE(files.at(kStringsPart)
                  .ends_with("count=\"12\" uniqueCount=\"4\"><si><t>מזהה</t></si>"
                             "<si><t>phone</t></si><si><t>notes</t></si>"
                             "<si><t xml:space=\"preserve\">a\nb</t></si></sst>"));
  EXPECT_NE(files.at(kSheetPart)
                .find(R"(<c r="A4" s="4" t="s"><v>3</v></c><c r="B4" s="4" t="s"><v>3</v></c>)"
                      R"(<c r="C4" s="2" t="s"><v>1</v></c></row></sheetData>)"),
            std::string::npos);
}

TEST(Workbook, CutsLongTextsBetweenCharacters) {
  const std::string fits(32'767, 'x');
  EXPECT_EQ(text_of(fits), fits);
  EXPECT_EQ(text_of(fits + "y"), fits.substr(1) + "…");
  const std::string before(32'765, 'x');
  EXPECT_EQ(text_of(before + "😀"), before + "😀");
  EXPECT_EQ(text_of(before + "x😀"), before + "x…");
  EXPECT_EQ(text_of(before + "😀x"), before + "…");
}

TEST(Workbook, LeavesTheCellOfAnEmptyTextEmpty) {
  const Row row = written_row([](Workbook& workbook) {
    core::add_text(workbook, "");
    core::add_boolean(workbook, true);
  });
  EXPECT_EQ(row.cells, R"(<c r="B2" t="b"><v>1</v></c>)");
  EXPECT_EQ(row.texts, "");
}

TEST(Workbook, HoldsIntegersThatADoubleShowsAsNumbers) {
  EXPECT_EQ(integer(0).cells, number("0"));
  EXPECT_EQ(integer(-42).cells, number("-42"));
  EXPECT_EQ(integer(999'999'999'999'999).cells, number("999999999999999"));
  EXPECT_EQ(integer(-999'999'999'999'999).cells, number("-999999999999999"));
  expect_text(integer(1'000'000'000'000'000), "1000000000000000", core::kLeftToRightStyle);
  expect_text(integer(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808",
              core::kLeftToRightStyle);
}

TEST(Workbook, HoldsDecimalsThatADoubleShowsAsNumbers) {
  EXPECT_EQ(decimal("12500.50").cells, number("12500.5"));
  expect_text(decimal("0.1234567890123456"), "0.1234567890123456", core::kLeftToRightStyle);
  expect_text(decimal("NaN"), "NaN", core::kTextStyle);
}

TEST(Workbook, HoldsMomentsAsDates) {
  const auto date = [](std::string_view serial) { return number(serial, core::kTimestampStyle); };
  EXPECT_EQ(timestamp(0).cells, date("36526"));
  EXPECT_EQ(timestamp(kDay / 2).cells, date("36526.5"));
  EXPECT_EQ(timestamp(kSecond).cells, date("36526.000011574074"));
  EXPECT_EQ(timestamp(1).cells, date("36526.000000000012"));
  EXPECT_EQ(timestamp(-1).cells, date("36525.999999999988"));
  EXPECT_EQ(timestamp(2 * kDay, 7200).cells, date("36528.083333333333"));
  EXPECT_EQ(timestamp(0, -1).cells, date("36525.999988425926"));
}

TEST(Workbook, HoldsMomentsOutOfExcelsReachAsTexts) {
  const auto date = [](std::string_view serial) { return number(serial, core::kTimestampStyle); };
  const std::int64_t first = -36'465 * kDay;
  const std::int64_t end = 2'921'940 * kDay;
  EXPECT_EQ(timestamp(first).cells, date("61"));
  expect_text(timestamp(first - 1), "1900-02-28T23:59:59.999999", core::kTextStyle);
  EXPECT_EQ(timestamp(end - kSecond).cells, date("2958465.999988425926"));
  expect_text(timestamp(end), "10000-01-01T00:00:00", core::kTextStyle);
  expect_text(timestamp(end - kSecond, 3600), "10000-01-01T00:59:59+01:00", core::kTextStyle);
  EXPECT_EQ(timestamp(first - 3600 * kSecond, 3600).cells, date("61"));
  for (const std::int64_t extreme :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_NE(timestamp(extreme).texts, "");
    EXPECT_NE(timestamp(extreme, 50'400).texts, "");
  }
}

void abandon_at_each_call_of(MemoryFile Writer::*sink) {
  const std::size_t calls = (*written_workbook(5000).*sink).reserve_calls;
  ASSERT_GT(calls, 1U);
  for (std::size_t call = 1; call <= calls; ++call) {
    const auto writer = std::make_unique<Writer>();
    MemoryFile& failing = *writer.*sink;
    failing.failing_call = call;
    if (setjmp(failing.failed) == 0) {
      writer->begin();
      writer->write_rows(5000);
      core::end_workbook(writer->workbook);
      ADD_FAILURE() << "call " << call << " of reserve did not fail";
    }
  }
}

TEST(Workbook, LeavesNothingBehindWhenAbandoned) {
  abandon_at_each_call_of(&Writer::file);
  abandon_at_each_call_of(&Writer::strings);
}

TEST(Workbook, TakesAsManyRowsAsExcel) {
  const auto writer = std::make_unique<Writer>();
  writer->begin();
  writer->workbook.place.row = core::kSheetRowMaximum;
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::none);
  core::end_row(writer->workbook);
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::too_many_rows);
}

TEST(Workbook, TakesNoMoreXmlThanAnArchiveWithoutZip64) {
  const auto writer = std::make_unique<Writer>();
  writer->begin();
  for (core::XmlPart* part : {&writer->workbook.sheet, &writer->workbook.strings}) {
    part->stream.size = core::kZipMaximum - 2'000'000;
    EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::none);
    part->stream.size = core::kZipMaximum - 1'000;
    EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::too_large);
    part->stream.size = 0;
  }
}

TEST(Workbook, CountsCutCells) {
  const auto writer = std::make_unique<Writer>();
  writer->begin();
  ASSERT_EQ(core::begin_row(writer->workbook), RowProblem::none);
  for (const std::size_t size : {40'000U, 32'767U, 32'768U}) {
    core::add_text(writer->workbook, std::string(size, '\x01'));
  }
  EXPECT_EQ(writer->workbook.cut_cells, 2U);
  core::end_row(writer->workbook);
  core::end_workbook(writer->workbook);
  EXPECT_EQ(unzipped(writer->file.view()).size(), 7U);
}

}  // namespace
}  // namespace export_leads::test
