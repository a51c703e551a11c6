// Random cells for the properties: drawn from an alphabet in which every byte that a rule speaks of
// is common, and repeatable from their seed.
#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace export_leads::test {

/// Valid UTF-8, so that what decodes strictly may check what was made of it.
inline constexpr auto kPieces =
    std::to_array<std::string_view>(
        {
            ",",      "\"",     "\r",     "\n",     "\r\n",   ";",      "\t",
            "|",      "'",      "=",      "+",      "-",      "@",      "\uFF1D",
            "\uFF0B", "\uFF0D", "\uFF20",  // full-width formula starts
            " ",      "\v",     "\x1C",   "\x1F",   "\u0085", "\u00A0", "\u1680",  // blanks
            "\u2000", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000",
            "\u200B", "\uFEFF", "\uFF1C", "\u0084", "\u1681",  // their neighbours, which are none
            "0",      "5",      "9",      ".",      "a",      "Z",      "/",
            ":",      "א",      "ת",      "ג׳",     "״",      "€",      "😀",
        });

class RandomCells {
 public:
  explicit RandomCells(unsigned seed) : engine_(seed) {}

  /// Short cells where almost every character is special, and long ones where few are.
  std::string next() {
    std::string cell;
    const bool dense = pick(2) == 0;
    const std::size_t pieces = pick(dense ? 12 : 80);
    for (std::size_t i = 0; i < pieces; ++i) {
      cell += dense || pick(40) == 0 ? kPieces[pick(kPieces.size())] : std::string_view{"ש"};
    }
    return cell;
  }

  /// Any bytes, mostly the beginnings and ends of longer characters.
  std::string next_malformed() {
    static constexpr std::string_view kBytes =
        "\x80\x85\x8B\x9D\xA0\xBC\xC0\xC2\xD7\xE0\xE1\xE2\xE3\xED\xEF\xF0\xFF=;\t| \"1";
    std::string cell;
    const std::size_t size = pick(40);
    for (std::size_t i = 0; i < size; ++i) cell += kBytes[pick(kBytes.size())];
    return cell;
  }

  /// A number from 0 to `below` - 1.
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>{0, below - 1}(engine_);
  }

 private:
  std::mt19937 engine_;
};

}  // namespace export_leads::test
