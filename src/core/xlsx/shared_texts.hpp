// Which texts a workbook has stored lately, so that one which repeats is stored once.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace export_leads::core {

/// What is remembered, at most: so many texts, of so many bytes together, none of which is longer
/// than kLongestSharedText. Where they are full, all are forgotten but those that were met again of
/// late, which may take half of the room. A text that is forgotten or too long may be stored twice.
inline constexpr std::size_t kSharedTextMaximum = 16'384;
inline constexpr std::size_t kSharedTextBytes = 1'048'576;
inline constexpr std::size_t kLongestSharedText = 16'384;

struct SharedText {
  std::uint32_t hash;
  std::uint32_t begin;  ///< its place among the bytes
  std::uint32_t size;
  std::uint32_t number;
  std::uint32_t respite;  ///< how often it is yet to be spared when texts are forgotten
};

/// A table of texts by their hash. What it holds are the texts themselves: nobody who can choose a
/// text can make it look like another. As it needs no constructor, its memory may be any.
struct SharedTexts {
  std::array<std::uint16_t, 2 * kSharedTextMaximum> slots;  ///< 1 + the index of a text, 0 for none
  std::array<SharedText, kSharedTextMaximum> texts;
  std::array<char, kSharedTextBytes> bytes;
  std::size_t text_count;
  std::size_t byte_count;
  std::uint32_t next_number;
};

/// Begins with no texts.
void clear(SharedTexts& shared) noexcept;

struct TextNumber {
  std::uint32_t number;  ///< counted from 0
  bool is_new;           ///< the text is to be stored under it
};

/// The number of a text. The same texts in the same order get the same numbers.
[[nodiscard]] TextNumber number_of(SharedTexts& shared, std::string_view text) noexcept;

}  // namespace export_leads::core
