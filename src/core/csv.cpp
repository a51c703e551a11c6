// Writes CSV fields. Nearly every field is plain, so a field is first classified, sixteen bytes at
// a time, and a plain one is then copied whole.
//
// Bytes are compared without decoding: in UTF-8 no byte of a longer character looks like ASCII.
#include "core/csv.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace export_leads::core {
namespace {

/// What a field holds that matters to how it is written.
struct Content {
  bool needs_quotes;    ///< the delimiter, a quote, CR or LF
  bool has_separators;  ///< comma, semicolon, tab or bar: may hide a formula from us, not from
                        ///< other readers
};

constexpr std::uint8_t kNeedsQuotes = 1;
constexpr std::uint8_t kSeparator = 2;

constexpr std::uint8_t to_byte(char c) noexcept { return static_cast<std::uint8_t>(c); }

constexpr auto kByteClass = [] {
  std::array<std::uint8_t, 256> table{};
  for (const char c : {'"', '\r', '\n'}) table[to_byte(c)] = kNeedsQuotes;
  for (const char c : {',', ';', '\t', '|'}) table[to_byte(c)] = kSeparator;
  return table;
}();

/// Sixteen bytes that GCC and Clang compare at once, on any machine.
using Block [[gnu::vector_size(16)]] = std::uint8_t;

bool has_set_byte(Block block) noexcept {
  std::array<std::uint64_t, 2> halves;
  std::memcpy(&halves, &block, sizeof(block));
  return (halves[0] | halves[1]) != 0;
}

Content classify_bytes(const char* at, const char* end, char delimiter) noexcept {
  std::uint8_t seen = 0;
  bool has_delimiter = false;
  for (; at != end; ++at) {
    seen |= kByteClass[to_byte(*at)];
    has_delimiter |= *at == delimiter;
  }
  return {has_delimiter || (seen & kNeedsQuotes) != 0, (seen & kSeparator) != 0};
}

/// For a field of at least one block. The last block overlaps the one before it, as a byte may be
/// classified twice.
Content classify_blocks(const char* at, const char* end, char delimiter) noexcept {
  const std::uint8_t delimiter_byte = to_byte(delimiter);
  Block needs_quotes{};
  Block separators{};
  const auto add = [&](const char* from) noexcept {
    Block block;
    std::memcpy(&block, from, sizeof(block));
    needs_quotes |=
        static_cast<Block>((block == delimiter_byte) | (block == std::uint8_t{'"'}) |
                           (block == std::uint8_t{'\r'}) | (block == std::uint8_t{'\n'}));
    separators |= static_cast<Block>((block == std::uint8_t{','}) | (block == std::uint8_t{';'}) |
                                     (block == std::uint8_t{'\t'}) | (block == std::uint8_t{'|'}));
  };
  constexpr std::ptrdiff_t kBlockSize = sizeof(Block);
  for (; end - at > kBlockSize; at += kBlockSize) add(at);
  add(end - kBlockSize);
  return {has_set_byte(needs_quotes), has_set_byte(separators)};
}

/// How a field will be written.
struct Plan {
  bool apostrophe;
  bool quotes;
};

Plan make_plan(std::string_view field, Dialect dialect) noexcept {
  const char* begin = field.data();
  const char* end = begin + field.size();
  if (dialect.formula_guard == FormulaGuard::strict) return {is_formula_or_number(field), true};
  const Content content = field.size() < sizeof(Block)
                              ? classify_bytes(begin, end, dialect.delimiter)
                              : classify_blocks(begin, end, dialect.delimiter);
  if (dialect.formula_guard == FormulaGuard::off) return {false, content.needs_quotes};
  return {is_formula(field),
          content.needs_quotes || (content.has_separators && holds_split_formula(field))};
}

/// The first quote in [at, end), or null.
const char* find_quote(const char* at, const char* end) noexcept {
  return static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
}

char* copy(char* out, const char* from, const char* to) noexcept {
  const auto size = static_cast<std::size_t>(to - from);
  std::memcpy(out, from, size);
  return out + size;
}

char* copy_doubling_quotes(char* out, const char* at, const char* end) noexcept {
  while (const char* quote = find_quote(at, end)) {
    out = copy(out, at, quote + 1);
    *out++ = '"';
    at = quote + 1;
  }
  return copy(out, at, end);
}

}  // namespace

std::size_t field_size(std::string_view field, Dialect dialect) noexcept {
  if (field.empty()) return dialect.formula_guard == FormulaGuard::strict ? 2 : 0;
  const Plan plan = make_plan(field, dialect);
  std::size_t size = field.size() + (plan.apostrophe ? 1 : 0);
  if (!plan.quotes) return size;
  for (const char c : field) size += c == '"' ? 1 : 0;
  return size + 2;
}

char* write_field(char* out, std::string_view field, Dialect dialect) noexcept {
  if (field.empty() && dialect.formula_guard != FormulaGuard::strict) return out;
  const char* begin = field.data();
  const char* end = begin + field.size();
  const Plan plan = make_plan(field, dialect);
  if (plan.quotes) *out++ = '"';
  if (plan.apostrophe) *out++ = '\'';
  if (!plan.quotes) return copy(out, begin, end);
  out = copy_doubling_quotes(out, begin, end);
  *out++ = '"';
  return out;
}

}  // namespace export_leads::core
