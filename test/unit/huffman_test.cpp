// Huffman's codes, held against the definition and against a textbook's algorithm.
#include "core/huffman.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace export_leads::test {
namespace {

using Counts = std::vector<std::uint32_t>;
using Sizes = std::vector<std::uint8_t>;

Sizes sizes_of(const Counts& counts, std::uint32_t limit) {
  Sizes sizes(counts.size(), 99);
  core::find_code_sizes(counts, limit, sizes.data());
  return sizes;
}

std::uint64_t room_of(const Counts& counts, const Sizes& sizes) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) bits += std::uint64_t{counts[i]} * sizes[i];
  return bits;
}

/// The least room, in bits: what the inner nodes of Huffman's tree count.
std::uint64_t least_room(const Counts& counts) {
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> left;
  for (const std::uint32_t count : counts) {
    if (count > 0) left.push(count);
  }
  std::uint64_t bits = 0;
  while (left.size() > 1) {
    const std::uint64_t first = left.top();
    left.pop();
    const std::uint64_t both = first + left.top();
    left.pop();
    left.push(both);
    bits += both;
  }
  return bits;
}

/// A complete code for exactly the symbols that occur, none of its words longer than `limit`.
void expect_complete(const Counts& counts, const Sizes& sizes, std::uint32_t limit) {
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    EXPECT_EQ(sizes[i] > 0, counts[i] > 0) << i;
    EXPECT_LE(sizes[i], limit) << i;
    if (sizes[i] > 0) used += std::uint64_t{1} << (limit - sizes[i]);
  }
  EXPECT_EQ(used, std::uint64_t{1} << limit);
}

Counts fibonacci(std::size_t count) {
  Counts counts{1, 1};
  while (counts.size() < count) counts.push_back(counts.back() + counts[counts.size() - 2]);
  return counts;
}

TEST(Huffman, GivesCommonSymbolsShortCodes) {
  EXPECT_EQ(sizes_of({5, 9, 12, 13, 16, 45}, 15), (Sizes{4, 4, 3, 3, 3, 1}));
  EXPECT_EQ(sizes_of({0, 7, 0, 0, 1, 0}, 15), (Sizes{0, 1, 0, 0, 1, 0}));
}

TEST(Huffman, TakesTheLeastRoom) {
  std::mt19937 random{1952};
  for (int i = 0; i < 2'000; ++i) {
    Counts counts(2 + random() % (core::kSymbolMaximum - 1));
    for (std::uint32_t& count : counts)
      count = random() % 3 == 0 ? 0 : static_cast<std::uint32_t>(random() % (1U << random() % 10));
    counts.front() = counts.back() = 1;
    const Sizes sizes = sizes_of(counts, core::kLongestCode);
    expect_complete(counts, sizes, core::kLongestCode);
    EXPECT_EQ(room_of(counts, sizes), least_room(counts));
  }
}

// Of Fibonacci's numbers, Huffman makes the longest codes.
TEST(Huffman, KeepsToTheLimit) {
  static_assert(core::kLongestCode == 15, "RFC 1951, section 3.2.7, has room for no more");
  const auto longest = [](const Sizes& sizes) {
    return *std::max_element(sizes.begin(), sizes.end());
  };
  EXPECT_EQ(longest(sizes_of(fibonacci(16), 15)), 15);
  for (const std::size_t count : {17U, 25U}) {
    const Counts counts = fibonacci(count);
    const Sizes sizes = sizes_of(counts, 15);
    expect_complete(counts, sizes, 15);
    EXPECT_LT(room_of(counts, sizes), least_room(counts) + least_room(counts) / 100);
  }
  expect_complete(fibonacci(19), sizes_of(fibonacci(19), 7), 7);
  const Counts equal(core::kSymbolMaximum, 16'384);
  expect_complete(equal, sizes_of(equal, 15), 15);
}

// RFC 1951, section 3.2.2: its example, with each code's first bit in the lowest place.
TEST(Huffman, NumbersCodesAsTheRfcDoes) {
  const Sizes sizes{3, 3, 3, 3, 3, 2, 4, 4, 0};
  std::array<core::Code, 9> codes;
  core::assign_codes(sizes, codes.data());
  std::vector<std::string> words;
  for (const core::Code& code : codes) {
    std::string word;
    for (std::uint32_t bit = 0; bit < code.size; ++bit) word += code.bits >> bit & 1U ? '1' : '0';
    words.push_back(word);
  }
  EXPECT_EQ(words, (std::vector<std::string>{"010", "011", "100", "101", "110", "00", "1110",
                                             "1111", ""}));
}

}  // namespace
}  // namespace export_leads::test
