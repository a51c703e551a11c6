// ZIP archives: one as Python's zipfile wrote it, byte for byte, and others read back with zlib.
#include "core/xlsx/zip.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "memory_file.hpp"
#include "zip_reader.hpp"

namespace export_leads::test {
namespace {

using Files = std::map<std::string, std::string>;

struct Archive {
  MemoryFile file;
  core::ZipArchive zip;

  Archive() { core::begin_zip(zip, file.sink()); }

  /// Adds an entry that is compressed as it goes, and whose head is replaced when it ends.
  void add_in_place(std::string_view name, std::string_view head, std::string_view body) {
    core::DeflateStream stream;
    core::begin_deflated(zip, name, std::string(head.size(), '?'));
    core::begin_stream(stream, file.sink());
    core::add_to_stream(stream, 0, body, true);
    core::end_deflated(zip, stream, head);
  }

  /// Adds an entry that was compressed elsewhere.
  void add_from_elsewhere(std::string_view name, std::string_view head, std::string_view body) {
    MemoryFile elsewhere;
    core::DeflateStream stream;
    core::begin_stream(stream, elsewhere.sink());
    core::add_to_stream(stream, 0, body, true);
    core::add_deflated(zip, name, head, stream);
  }

  Files files() {
    core::end_zip(zip);
    EXPECT_EQ(zip.size, file.view().size());
    return unzipped(file.view());
  }
};

std::string noise(std::size_t size) {
  std::mt19937 random{1951};
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string prose(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "row " + std::to_string(text.size()) + " of many; ";
  return text.substr(0, size);
}

// From zipfile.ZipInfo of a date of 1980, create_system 0 and external_attr 0. The checksum is the
// one that descriptions of CRC-32 give for these digits, CBF43926.
TEST(Zip, IsPythonsForAStoredEntry) {
  Archive archive;
  core::add_stored(archive.zip, "a.txt", "123456789");
  core::end_zip(archive.zip);
  constexpr std::string_view kExpected{
      "PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x21\x00\x26\x39\xf4\xcb\x09\x00\x00\x00\x09\x00"
      "\x00\x00\x05\x00\x00\x00"
      "a.txt123456789"
      "PK\x01\x02\x14\x00\x14\x00\x00\x00\x00\x00\x00\x00\x21\x00\x26\x39\xf4\xcb\x09\x00\x00\x00"
      "\x09\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "a.txt"
      "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x33\x00\x00\x00\x2c\x00\x00\x00\x00\x00",
      117};
  EXPECT_EQ(archive.file.view(), kExpected);
}

TEST(Zip, MayBeEmpty) {
  Archive archive;
  EXPECT_EQ(archive.files(), Files{});
  EXPECT_EQ(archive.file.view().size(), 22U);
}

TEST(Zip, HoldsWhatItIsGivenInAnyOrderOfKinds) {
  Archive archive;
  const Files expected{{"empty", ""},
                       {"[odd].xml", std::string{"\0\r\n\x1A\xFF", 5}},
                       {"noise", noise(300'000)},
                       {"in/place", "HEAD" + prose(500'000)},
                       {"else/where", "<head>" + noise(100'000)},
                       {"no/body", "head alone"},
                       {"no/head", prose(1)}};
  core::add_stored(archive.zip, "empty", "");
  archive.add_in_place("in/place", "HEAD", prose(500'000));
  core::add_stored(archive.zip, "[odd].xml", expected.at("[odd].xml"));
  archive.add_from_elsewhere("else/where", "<head>", noise(100'000));
  archive.add_in_place("no/body", "head alone", "");
  archive.add_from_elsewhere("no/head", "", prose(1));
  core::add_stored(archive.zip, "noise", expected.at("noise"));
  EXPECT_EQ(archive.zip.entry_count, archive.zip.entries.size()) << "as many as fit";
  EXPECT_EQ(archive.files(), expected);
}

TEST(Zip, HoldsContentOfAnySize) {
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 131'072U, 1'000'000U}) {
    Archive archive;
    archive.add_in_place("noise", "<", noise(size));
    archive.add_in_place("prose", "<", prose(size));
    EXPECT_EQ(archive.files(), (Files{{"noise", "<" + noise(size)}, {"prose", "<" + prose(size)}}))
        << size;
  }
}

TEST(Zip, TakesAHeadOf64KB) {
  Archive archive;
  const std::string head = prose(65'535);
  archive.add_in_place("in/place", head, "body");
  archive.add_from_elsewhere("else/where", head, "body");
  EXPECT_EQ(archive.files(), (Files{{"in/place", head + "body"}, {"else/where", head + "body"}}));
}

TEST(Zip, TakesContentInPieces) {
  Archive archive;
  const std::string body = prose(400'000);
  core::DeflateStream stream;
  core::begin_deflated(archive.zip, "pieces", "head");
  core::begin_stream(stream, archive.file.sink());
  for (std::size_t at = 0, size = 0; at < body.size(); at += size, size = size * 2 + 1) {
    core::add_to_stream(stream, std::min(at, core::kDeflateWindow),
                        std::string_view{body}.substr(at, size), at + size >= body.size());
  }
  core::end_deflated(archive.zip, stream, "head");
  EXPECT_EQ(archive.files().at("pieces"), "head" + body);
}

// What does not compress grows by less than a 64th, as deflate_test.cpp shows of noise.
TEST(Zip, NeedsNoZip64UpToItsMaximum) {
  constexpr std::uint64_t kHead = 65'535 + 5;
  EXPECT_LE(core::kZipMaximum + core::kZipMaximum / 64 + kHead,
            std::numeric_limits<std::uint32_t>::max());
}

}  // namespace
}  // namespace export_leads::test
