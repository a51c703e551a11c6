// Remembers which texts a workbook has stored lately, so that a text that repeats is stored once.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// What is remembered at most: this many texts, of this many bytes together, none of them longer
/// than kLongestSharedText. When there is no more room, all are forgotten but those that were met
/// again lately, which may keep half of it. A text that is forgotten or too long may be stored
/// twice.
inline constexpr std::size_t kSharedTextMaximum = 16'384;
inline constexpr std::size_t kSharedTextBytes = 1'048'576;
inline constexpr std::size_t kLongestSharedText = 16'384;

/// A text that is remembered.
struct SharedText {
  std::uint32_t hash;
  std::uint32_t begin;  ///< the index of its first byte
  std::uint32_t size;
  std::uint32_t number;
  std::uint32_t spares_left;  ///< how often it is yet to be spared when texts are forgotten
};

/// The texts that are remembered, in a hash table. Texts are compared by their bytes, so that
/// nobody can choose a text that is taken for another. It has no constructor: its memory may hold
/// anything before clear().
struct SharedTexts {
  std::array<std::uint16_t, 2 * kSharedTextMaximum> slots;  ///< 1 + the index of a text, 0 for none
  std::array<SharedText, kSharedTextMaximum> texts;
  std::array<char, kSharedTextBytes> bytes;
  std::size_t text_count;
  std::size_t byte_count;
  std::uint32_t next_number;
};

/// Empties the table; the next text is number 0.
void clear(SharedTexts& shared) noexcept;

/// A text's number, and whether it is a new one.
struct TextNumber {
  std::uint32_t number;  ///< counted from 0
  bool is_new;           ///< the text must be stored under this number
};

/// The number of `text`: the one it has if it is remembered, or else the next. The same texts in
/// the same order always get the same numbers.
[[nodiscard]] TextNumber number_of(SharedTexts& shared, std::string_view text) noexcept;

}  // namespace export_leads::core
