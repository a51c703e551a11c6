// A reader of ZIP archives in a few lines, after APPNOTE 6.3.3 and with zlib, which minds every
// byte that the writer is to get right.
#pragma once

#include <gtest/gtest.h>

// zlib then takes what it reads as const.
#define ZLIB_CONST
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace export_leads::test {

inline std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes.at(at + i - 1));
  }
  return value;
}

inline std::string inflated(std::string_view bytes, std::size_t size) {
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
inline std::map<std::string, std::string> unzipped(std::string_view zip) {
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

}  // namespace export_leads::test
