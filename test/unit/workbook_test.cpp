// Whole workbooks: their archive is read back with an unzipper of a few lines.
#include "core/workbook.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "memory_file.hpp"

namespace export_leads::test {
namespace {

using core::RowProblem;
using core::Workbook;

constexpr std::array<core::SheetColumn, 3> kColumns{{{"מזהה", 10}, {"phone", 16}, {"notes", 60}}};
constexpr core::SheetDescription kSheet{"ליד 'חדש'", kColumns, true};

struct Writer {
  MemoryFile file;
  Arena arena;
  Workbook workbook;
  std::array<char, core::kWorkbookBufferSize> buffer;

  bool begin() {
    return core::begin_workbook(workbook, kSheet, file.sink(), arena.allocator(), buffer.data());
  }

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
  EXPECT_TRUE(writer->begin());
  writer->write_rows(rows);
  core::end_workbook(writer->workbook);
  return writer;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes.at(at + i - 1));
  }
  return value;
}

std::string inflated(std::string_view bytes, std::size_t size) {
  std::string content(size, '\0');
  z_stream stream{};
  inflateInit2(&stream, -15);
  stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(size);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  EXPECT_EQ(stream.avail_out, 0U);
  inflateEnd(&stream);
  return content;
}

/// The archive's files, found by its central directory; local headers must say the same.
std::map<std::string, std::string> unzipped(std::string_view zip) {
  std::map<std::string, std::string> files;
  const std::size_t end = zip.size() - 22;
  EXPECT_EQ(zip.substr(end, 4), "PK\5\6");
  std::size_t at = little_endian(zip, end + 16, 4);
  EXPECT_EQ(at + little_endian(zip, end + 12, 4), end);
  std::size_t expected_offset = 0;
  for (std::uint32_t left = little_endian(zip, end + 10, 2); left > 0; --left) {
    EXPECT_EQ(zip.substr(at, 4), "PK\1\2");
    const std::size_t name_size = little_endian(zip, at + 28, 2);
    const std::size_t offset = little_endian(zip, at + 42, 4);
    const std::size_t compressed = little_endian(zip, at + 20, 4);
    EXPECT_EQ(offset, expected_offset) << "no byte between entries";
    EXPECT_EQ(zip.substr(offset, 4), "PK\3\4");
    EXPECT_EQ(zip.substr(offset + 4, 26), zip.substr(at + 6, 26));
    EXPECT_EQ(little_endian(zip, at + 8, 2), 0U) << "no data descriptor";
    EXPECT_EQ(zip.substr(offset + 30, name_size), zip.substr(at + 46, name_size));
    const std::string_view content = zip.substr(offset + 30 + name_size, compressed);
    const bool is_deflated = little_endian(zip, at + 10, 2) == 8;
    std::string file =
        is_deflated ? inflated(content, little_endian(zip, at + 24, 4)) : std::string{content};
    EXPECT_EQ(file.size(), little_endian(zip, at + 24, 4));
    EXPECT_EQ(crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size()),
              little_endian(zip, at + 16, 4));
    files[std::string{zip.substr(at + 46, name_size)}] = std::move(file);
    expected_offset = offset + 30 + name_size + compressed;
    at += 46 + name_size;
  }
  EXPECT_EQ(at, end);
  return files;
}

TEST(Workbook, IsAnArchiveOfItsParts) {
  for (const int rows : {0, 1, 5000}) {
    const auto writer = written_workbook(rows);
    const auto files = unzipped(writer->file.view());
    ASSERT_EQ(files.size(), 6U);
    const std::string& sheet = files.at("xl/worksheets/sheet1.xml");
    const std::string range = "A1:C" + std::to_string(rows + 1);
    EXPECT_NE(sheet.find("<dimension ref=\"" + range + "\""), std::string::npos);
    EXPECT_NE(sheet.find("<autoFilter ref=\"" + range + "\"/>"), std::string::npos);
    EXPECT_TRUE(sheet.ends_with("</worksheet>"));
    EXPECT_NE(
        files.at("xl/workbook.xml").find("'ליד ''חדש'!$A$1:$C$" + std::to_string(rows + 1) + "<"),
        std::string::npos);
    EXPECT_TRUE(writer->arena.pieces.empty()) << "all memory was given back";
  }
}

TEST(Workbook, HoldsWhatDoesNotCompress) {
  std::mt19937 random{1951};
  const auto writer = std::make_unique<Writer>();
  ASSERT_TRUE(writer->begin());
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
  std::string read = files.at("xl/worksheets/sheet1.xml");
  std::erase_if(read, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  EXPECT_TRUE(read.ends_with(xml));
}

TEST(Workbook, IsTheSameForTheSameData) {
  EXPECT_EQ(written_workbook(100)->file.view(), written_workbook(100)->file.view());
}

TEST(Workbook, LeavesOnlyItsAllocatorsMemoryWhenAbandoned) {
  const std::size_t calls = written_workbook(5000)->file.reserve_calls;
  ASSERT_GT(calls, 10U);
  for (std::size_t call = 1; call <= calls; ++call) {
    const auto writer = std::make_unique<Writer>();
    writer->file.failing_call = call;
    if (setjmp(writer->file.failed) == 0) {
      static_cast<void>(writer->begin());
      writer->write_rows(5000);
      core::end_workbook(writer->workbook);
      ADD_FAILURE() << "call " << call << " of reserve did not fail";
    }
    writer->arena.reset();
  }
}

TEST(Workbook, SaysWhenThereIsNoMemory) {
  const auto writer = std::make_unique<Writer>();
  writer->arena.has_memory = false;
  EXPECT_FALSE(writer->begin());
}

TEST(Workbook, TakesAsManyRowsAsExcel) {
  const auto writer = std::make_unique<Writer>();
  ASSERT_TRUE(writer->begin());
  writer->workbook.place.row = core::kSheetRowMaximum;
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::none);
  core::end_row(writer->workbook);
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::too_many_rows);
  writer->arena.reset();
}

TEST(Workbook, TakesNoMoreXmlThanAnArchiveWithoutZip64) {
  const auto writer = std::make_unique<Writer>();
  ASSERT_TRUE(writer->begin());
  writer->workbook.zip.stream_size = core::kZipMaximum - 2'000'000;
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::none);
  writer->workbook.zip.stream_size = core::kZipMaximum - 1'000'000;
  EXPECT_EQ(core::begin_row(writer->workbook), RowProblem::too_large);
  writer->arena.reset();
}

TEST(Workbook, CountsCutCells) {
  const auto writer = std::make_unique<Writer>();
  ASSERT_TRUE(writer->begin());
  ASSERT_EQ(core::begin_row(writer->workbook), RowProblem::none);
  for (const std::size_t size : {40'000U, 32'767U, 32'768U}) {
    core::add_text(writer->workbook, std::string(size, '\x01'));
  }
  EXPECT_EQ(writer->workbook.cut_cells, 2U);
  core::end_row(writer->workbook);
  core::end_workbook(writer->workbook);
  EXPECT_EQ(unzipped(writer->file.view()).size(), 6U);
}

}  // namespace
}  // namespace export_leads::test
