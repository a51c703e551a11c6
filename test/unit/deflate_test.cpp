// What is compressed, read back with zlib.
#include "core/deflate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "zip_reader.hpp"

namespace export_leads::test {
namespace {

using core::kBlockTokens;
using core::kDeflateWindow;

/// Compresses `text` in pieces of `piece` bytes, each alone in memory with its history, so that the
/// address sanitizer sees a byte read beside them, and into as much room as the bound promises,
/// with a canary behind it.
std::string deflated(std::string_view text, std::size_t piece = 65'536) {
  const auto deflater = std::make_unique<core::Deflater>();
  core::begin_deflate(*deflater);
  std::string all;
  std::size_t at = 0;
  do {
    const std::size_t history = std::min(at, kDeflateWindow);
    const std::size_t size = std::min(piece, text.size() - at);
    const std::vector<char> window{text.begin() + static_cast<std::ptrdiff_t>(at - history),
                                   text.begin() + static_cast<std::ptrdiff_t>(at + size)};
    const std::size_t bound = core::deflate_bound(size);
    std::vector<char> out(bound + 1, '#');
    at += size;
    char* const end = core::write_deflated(*deflater, out.data(), history,
                                           {window.data() + history, size}, at == text.size());
    EXPECT_LE(static_cast<std::size_t>(end - out.data()), bound);
    EXPECT_EQ(out.back(), '#');
    all.append(out.data(), static_cast<std::size_t>(end - out.data()));
  } while (at < text.size());
  return all;
}

void expect_read_back(std::string_view text, std::size_t piece = 65'536) {
  EXPECT_TRUE(inflated(deflated(text, piece), text.size()) == text)
      << text.size() << " bytes in pieces of " << piece;
}

std::string noise(std::size_t size) {
  std::mt19937 random{1951};
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string rows(std::size_t size) {
  std::mt19937 random{18};
  std::string text;
  for (int row = 1; text.size() < size; ++row) {
    std::ostringstream xml;
    xml << R"(<row r=")" << row << R"("><c r="A)" << row << R"(" s="2" t="s"><v>)"
        << random() % 5000 << R"(</v></c><c r="B)" << row << R"(" s="5"><v>45295.)" << random()
        << "</v></c></row>";
    text += xml.str();
  }
  return text.substr(0, size);
}

TEST(Deflate, IsReadBackWhateverItsSize) {
  for (const std::string& text : {noise(70'000), rows(70'000), std::string(70'000, 'a')}) {
    for (std::size_t size = 0; size < 300; ++size) expect_read_back(text.substr(0, size));
    for (const std::size_t around : {kBlockTokens, kDeflateWindow, std::size_t{65'536}}) {
      for (std::size_t size = around - 10; size < around + 10; ++size)
        expect_read_back(text.substr(0, size));
    }
  }
}

TEST(Deflate, IsReadBackWhateverItsPieces) {
  const std::string text = rows(100'000);
  for (const std::size_t piece : {1'000U, 4'999U, 32'768U, 65'537U}) expect_read_back(text, piece);
  for (const std::size_t piece : {1U, 2U, 7U, 8U, 9U, 17U})
    expect_read_back(text.substr(0, 5'000), piece);
}

TEST(Deflate, IsReadBackWhateverRepeats) {
  std::mt19937 random{32768};
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int i = 0; i < 40; ++i) {
    std::string text = noise(1 + below(100));
    while (text.size() < 150'000) {
      const std::size_t distance = 1 + below(std::min(text.size(), std::size_t{1} << below(17)));
      for (std::size_t left = below(std::size_t{1} << below(10)); left > 0; --left)
        text += text[text.size() - distance];
      text += static_cast<char>(random());
    }
    expect_read_back(text, 1 + below(100'000));
  }
}

TEST(Deflate, FindsWhatRepeatsWithin32KB) {
  const auto size_of = [](std::size_t distance) {
    const std::string marker = noise(1'000);
    return deflated(marker + std::string(distance - marker.size(), 'a') + marker).size();
  };
  EXPECT_LT(size_of(kDeflateWindow), 1'600U);
  EXPECT_GT(size_of(kDeflateWindow + 1), 1'600U);
}

TEST(Deflate, FindsWhatRepeatsInAnEarlierPiece) {
  const std::string marker = noise(1'000);
  EXPECT_LT(deflated(marker + marker, marker.size()).size(), 1'600U);
}

TEST(Deflate, LooksNoFartherBackThanItsHistory) {
  const auto deflater = std::make_unique<core::Deflater>();
  core::begin_deflate(*deflater);
  const std::string text = noise(4'000);
  std::string all;
  for (int i = 0; i < 40; ++i) {
    const std::vector<char> alone{text.begin(), text.end()};
    std::vector<char> out(core::deflate_bound(alone.size()));
    const char* const end =
        core::write_deflated(*deflater, out.data(), 0, {alone.data(), alone.size()}, i == 39);
    EXPECT_GT(end - out.data(), 3'900);
    all.append(out.data(), static_cast<std::size_t>(end - out.data()));
  }
  EXPECT_TRUE(inflated(all, 160'000).ends_with(text));
}

// Bytes whose code lengths are as unevenly spread as to need codes of 8 bits themselves, but for
// the limit of 7. The seed was found by trying.
TEST(Deflate, DescribesItsCodesInAtMost7Bits) {
  std::mt19937 random{1219};
  std::string text;
  while (text.size() < 16'000) {
    const auto bits = static_cast<std::uint32_t>(random());
    const int zeros = std::countl_zero(bits >> 22U | 1U) - 22;
    text += static_cast<char>(zeros * 16 + static_cast<int>(bits & 15U) % (1 + zeros * 4));
  }
  expect_read_back(text);
}

TEST(Deflate, MakesRowsAtMostATenthLargerThanZlib) {
  const std::string text = rows(1'000'000);
  z_stream stream{};
  deflateInit2(&stream, 2, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::vector<char> out(text.size());
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_LT(deflated(text).size(), stream.total_out + stream.total_out / 10);
  deflateEnd(&stream);
}

TEST(Deflate, MakesNoiseAtMostA64thLarger) {
  const std::string text = noise(1'000'000);
  EXPECT_LT(deflated(text).size(), text.size() + text.size() / 64);
  EXPECT_LT(deflated("").size(), 32U);
}

TEST(Deflate, StoresBytesAsTheyAre) {
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 131'070U, 200'000U}) {
    const std::string text = noise(size);
    std::string out(core::stored_size(size) + 1, '#');
    EXPECT_EQ(core::write_stored(out.data(), text, true) + 1, out.data() + out.size());
    EXPECT_EQ(out.back(), '#');
    out.pop_back();
    EXPECT_TRUE(inflated(out, size) == text) << size;
  }
}

// Nothing but the bytes decides, neither the processor nor a library's version. Whoever changes
// what is written changes the checksum.
TEST(Deflate, IsTheSameEverywhere) {
  const std::string out = deflated(rows(300'000)) + deflated(noise(50'000)) +
                          deflated(std::string(1'000, 'a')) + deflated("");
  EXPECT_EQ(crc32_z(0, reinterpret_cast<const Bytef*>(out.data()), out.size()), 4'032'086'451U);
}

}  // namespace
}  // namespace export_leads::test
