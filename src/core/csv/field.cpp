// Writes CSV fields. Nearly every field is plain, so a field is first classified, sixteen bytes at
// a time, and a plain one is then copied whole.
//
// Bytes are compared without decoding: in UTF-8 no byte of a character beyond ASCII looks like an
// ASCII character.
#include "core/csv/field.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/block.hpp"
#include "core/bytes.hpp"

namespace export_leads::core {
namespace {

/// A block that holds every byte of a field, which is not empty and shorter than a block; some
/// bytes stand in it twice, and the rest are zeros. It is put together in registers to avoid a
/// store-forwarding stall: a load of sixteen bytes would wait for two stores of eight.
Block load_short(const char* at, std::size_t size) noexcept {
  using Words [[gnu::vector_size(16)]] = std::uint64_t;
  Words words{};
  if (size >= 8) {
    words = Words{load<std::uint64_t>(at), load<std::uint64_t>(at + size - 8)};
  } else if (size >= 4) {
    words = Words{load<std::uint32_t>(at), load<std::uint32_t>(at + size - 4)};
  } else {
    words = Words{to_byte(at[0]) | std::uint64_t{to_byte(at[size / 2])} << 8U |
                  std::uint64_t{to_byte(at[size - 1])} << 16U};
  }
  return reinterpret_cast<Block>(words);
}

/// Copies `size` bytes, at least one word and at most two, as two words that may overlap.
template <typename Word>
void copy_words(char* out, const char* from, std::size_t size) noexcept {
  const Word first = load<Word>(from);
  const Word last = load<Word>(from + size - sizeof(Word));
  std::memcpy(out, &first, sizeof(Word));
  std::memcpy(out + size - sizeof(Word), &last, sizeof(Word));
}

/// What a field holds that decides how it is written.
struct Content {
  bool needs_quotes;    ///< the delimiter, a quote, CR or LF
  bool has_separators;  ///< comma, semicolon, tab or bar, behind which another reader may find a
                        ///< formula; left false where quotes are needed in any case
};

/// The bytes of a block that need quotes.
Block quoted_bytes(Block block, std::uint8_t delimiter) noexcept {
  return static_cast<Block>((block == delimiter) | (block == std::uint8_t{'"'}) |
                            (block == std::uint8_t{'\r'}) | (block == std::uint8_t{'\n'}));
}

Block separator_bytes(Block block) noexcept {
  return static_cast<Block>((block == std::uint8_t{','}) | (block == std::uint8_t{';'}) |
                            (block == std::uint8_t{'\t'}) | (block == std::uint8_t{'|'}));
}

/// Classifies a field that is not empty. Its last block may overlap the one before, as looking at a
/// byte twice does no harm.
Content classify(std::string_view field, char delimiter) noexcept {
  const std::uint8_t delimiter_byte = to_byte(delimiter);
  const char* at = field.data();
  if (field.size() < kBlockSize) {
    const Block block = load_short(at, field.size());
    return {has_set_byte(quoted_bytes(block, delimiter_byte)),
            has_set_byte(separator_bytes(block))};
  }
  Block separators{};
  for (std::size_t left = field.size();; left -= kBlockSize, at += kBlockSize) {
    const bool is_last = left <= kBlockSize;
    const auto block = load<Block>(is_last ? at + left - kBlockSize : at);
    if (has_set_byte(quoted_bytes(block, delimiter_byte))) return {true, false};
    separators |= separator_bytes(block);
    if (is_last) return {false, has_set_byte(separators)};
  }
}

/// How a field will be written.
struct Plan {
  bool apostrophe;
  bool quotes;
};

Plan make_plan(std::string_view field, Dialect dialect) noexcept {
  const Content content = classify(field, dialect.delimiter);
  if (dialect.formula_guard == FormulaGuard::off) return {false, content.needs_quotes};
  return {is_formula(field),
          content.needs_quotes || (content.has_separators && holds_split_formula(field))};
}

/// The first quote in [at, end), or null.
const char* find_quote(const char* at, const char* end) noexcept {
  return static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
}

/// Copies [from, to); returns one past the end of the copy.
char* copy(char* out, const char* from, const char* to) noexcept {
  const auto size = static_cast<std::size_t>(to - from);
  std::memcpy(out, from, size);
  return out + size;
}

/// Copies a field that is not empty; returns one past the end of the copy. Most fields are short,
/// and those are copied faster by a word or two than by a call of memcpy.
char* copy_field(char* out, std::string_view field) noexcept {
  const char* from = field.data();
  const std::size_t size = field.size();
  if (size >= 2 * kBlockSize) {
    std::memcpy(out, from, size);
  } else if (size >= kBlockSize) {
    copy_words<Block>(out, from, size);
  } else if (size >= 8) {
    copy_words<std::uint64_t>(out, from, size);
  } else if (size >= 4) {
    copy_words<std::uint32_t>(out, from, size);
  } else {
    for (std::size_t i = 0; i < size; ++i) out[i] = from[i];
  }
  return out + size;
}

/// Copies `text` with its quotes doubled; returns one past the end of the copy. Inlined into both
/// callers, because the cost of a call shows where most notes hold quotes.
[[gnu::always_inline]] inline char* copy_doubling_quotes(char* out,
                                                         std::string_view text) noexcept {
  const char* at = text.data();
  const char* end = at + text.size();
  while (const char* quote = find_quote(at, end)) {
    out = copy(out, at, quote + 1);
    *out++ = '"';
    at = quote + 1;
  }
  return copy(out, at, end);
}

/// Copies `text` with its quotes doubled, and with an apostrophe before each formula that
/// find_exposed_formula() finds; returns one past the end of the copy.
char* copy_defusing_formulas(char* out, std::string_view text, bool begins_cell) noexcept {
  for (;;) {
    const std::size_t formula = find_exposed_formula(text, begins_cell);
    out = copy_doubling_quotes(out, text.substr(0, formula));
    if (formula == std::string_view::npos) return out;
    *out++ = '\'';
    text.remove_prefix(formula);
    begins_cell = false;
  }
}

/// Writes a field under the strict guard; returns one past the end. It is kept out of
/// write_field(), which is faster without it.
[[gnu::noinline]] char* write_strictly_guarded(char* out, std::string_view field) noexcept {
  if (field.empty()) return write_bytes(out, "\"\"");
  const bool apostrophe = is_formula_or_number(field);
  *out++ = '"';
  if (apostrophe) *out++ = '\'';
  out = copy_defusing_formulas(out, field, !apostrophe);
  *out++ = '"';
  return out;
}

}  // namespace

char* write_field(char* out, std::string_view field, Dialect dialect) noexcept {
  if (dialect.formula_guard == FormulaGuard::strict) return write_strictly_guarded(out, field);
  if (field.empty()) return out;
  const Plan plan = make_plan(field, dialect);
  if (plan.quotes) *out++ = '"';
  if (plan.apostrophe) *out++ = '\'';
  if (!plan.quotes) return copy_field(out, field);
  out = copy_doubling_quotes(out, field);
  *out++ = '"';
  return out;
}

}  // namespace export_leads::core
