// Which texts are known again, and that what is known is bounded.
#include "core/xlsx/shared_texts.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace export_leads::test {
namespace {

/// Numbers texts, and holds each number against the text it was given to.
struct Numbers {
  std::unique_ptr<core::SharedTexts> shared = std::make_unique<core::SharedTexts>();
  std::vector<std::string> texts;

  Numbers() {
    std::memset(static_cast<void*>(shared.get()), 0xA5, sizeof *shared);  // memory may be any
    core::clear(*shared);
  }

  bool is_new(const std::string& text) {
    const core::TextNumber found = core::number_of(*shared, text);
    if (found.is_new) {
      EXPECT_EQ(found.number, texts.size()) << "numbers have no gaps";
      texts.push_back(text);
    } else {
      EXPECT_EQ(texts.at(found.number), text) << "another text";
    }
    return found.is_new;
  }
};

TEST(SharedTexts, KnowATextAgain) {
  Numbers numbers;
  EXPECT_TRUE(numbers.is_new("a"));
  EXPECT_TRUE(numbers.is_new("b"));
  EXPECT_FALSE(numbers.is_new("a"));
  EXPECT_TRUE(numbers.is_new("ab"));
  EXPECT_FALSE(numbers.is_new("b"));
  EXPECT_TRUE(numbers.is_new(std::string("a\0", 2)));
  EXPECT_TRUE(numbers.is_new(std::string("a\0\0", 3)));
  EXPECT_FALSE(numbers.is_new(std::string("a\0", 2)));
}

TEST(SharedTexts, KnowAllThatFit) {
  Numbers numbers;
  const auto text = [](std::size_t i) { return "text " + std::to_string(i); };
  for (std::size_t i = 0; i < core::kSharedTextMaximum; ++i) ASSERT_TRUE(numbers.is_new(text(i)));
  for (std::size_t i = 0; i < core::kSharedTextMaximum; ++i) ASSERT_FALSE(numbers.is_new(text(i)));
}

TEST(SharedTexts, KeepWhatRepeatsAmongManyThatDoNot) {
  std::mt19937 random{18};
  Numbers numbers;
  for (int i = 0; i < 200'000; ++i) {
    static_cast<void>(numbers.is_new("once " + std::to_string(i)));
    static_cast<void>(numbers.is_new("one of a thousand " + std::to_string(random() % 1000)));
  }
  EXPECT_EQ(numbers.texts.size(), 201'000U);
}

TEST(SharedTexts, AreRightWhereTheirBytesAreFull) {
  std::mt19937 random{18};
  Numbers numbers;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text(random() % 2000, static_cast<char>('a' + random() % 26));
    static_cast<void>(numbers.is_new(text));
  }
}

TEST(SharedTexts, AreNotRememberedWhereTheyAreVeryLong) {
  Numbers numbers;
  const std::string longest(core::kLongestSharedText, 'x');
  EXPECT_TRUE(numbers.is_new(longest));
  EXPECT_FALSE(numbers.is_new(longest));
  EXPECT_TRUE(numbers.is_new(longest + "x"));
  EXPECT_TRUE(numbers.is_new(longest + "x"));
}

TEST(SharedTexts, OfOneHashCostNoMoreThanSomeLooks) {
  Numbers numbers;
  // What two blocks of eight bytes make of the hash, a third can undo: texts of one hash.
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
  const auto mixed = [](std::uint64_t hash) {
    hash *= kFactor;
    return hash ^ hash >> 32U;
  };
  const auto text = [&](std::uint64_t first) {
    const std::uint64_t second = mixed(16 ^ first) ^ 42;
    std::string bytes(16, '\0');
    std::memcpy(bytes.data(), &first, 8);
    std::memcpy(bytes.data() + 8, &second, 8);
    return bytes;
  };
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(numbers.is_new(text(i)));
  EXPECT_EQ(numbers.shared->texts[0].hash, numbers.shared->texts[1].hash);
  EXPECT_EQ(numbers.shared->text_count, 64U);
  EXPECT_FALSE(numbers.is_new(text(0)));
  EXPECT_TRUE(numbers.is_new(text(99)));
}

}  // namespace
}  // namespace export_leads::test
