// Finds matches by a hash of five bytes, the latest first and only that one, keeps them as tokens,
// and writes each block of tokens with Huffman codes of its own.
#include "core/deflate.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "core/block.hpp"
#include "core/bytes.hpp"
#include "core/huffman.hpp"

namespace export_leads::core {
namespace {

/// A token is a literal or a match. Its lowest nine bits are its value: a literal's byte, or
/// kMatch and the match's length less kShortestMatch. The next five are the symbol of its
/// distance, or kNoDistance, and the highest are the distance's extra bits.
constexpr std::uint32_t kMatch = 256;
constexpr std::uint32_t kNoDistance = 30;

constexpr std::ptrdiff_t kShortestMatch =
    3;  // that has a symbol; those that are found have 4 bytes
constexpr std::ptrdiff_t kLongestMatch = 258;
constexpr std::uint32_t kEndOfBlock = 256;
constexpr std::size_t kSymbols = kSymbolMaximum;
constexpr std::size_t kDistances = 30;

/// A symbol with the extra bits that follow its code.
struct Symbol {
  std::uint16_t symbol;
  std::uint8_t extra;
  std::uint8_t extra_size;
};

/// The symbols of a block's tokens, by their value (RFC 1951, section 3.2.5).
constexpr auto kSymbolOf = [] {
  std::array<Symbol, 512> table{};
  for (std::uint32_t value = 0; value < table.size(); ++value) {
    const std::uint32_t length = value - kMatch;
    if (value < kMatch) {
      table[value] = {static_cast<std::uint16_t>(value), 0, 0};
    } else if (length < 8) {
      table[value] = {static_cast<std::uint16_t>(257 + length), 0, 0};
    } else {
      const auto size = static_cast<std::uint32_t>(std::bit_width(length)) - 3;
      table[value] = {static_cast<std::uint16_t>(257 + 4 * size + (length >> size)),
                      static_cast<std::uint8_t>(length & ((1U << size) - 1)),
                      static_cast<std::uint8_t>(size)};
    }
  }
  table[kMatch + kLongestMatch - kShortestMatch] = {285, 0, 0};
  return table;
}();

constexpr std::uint32_t distance_extra_size(std::uint32_t symbol) noexcept {
  return symbol < 4 || symbol == kNoDistance ? 0 : symbol / 2 - 1;
}

/// The bits of a match's token that are its distance's.
std::uint32_t distance_bits(std::uint32_t distance) noexcept {
  const std::uint32_t from_0 = distance - 1;
  if (from_0 < 4) return from_0 << 9U;
  const auto size = static_cast<std::uint32_t>(std::bit_width(from_0)) - 2;
  const std::uint32_t symbol = 2 * size + (from_0 >> size);
  return symbol << 9U | (from_0 & ((1U << size) - 1)) << 14U;
}

/// The word is the same on any machine, and so is what is made of it.
std::uint64_t little_endian(std::uint64_t word) noexcept {
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

std::uint64_t load_word(const char* at) noexcept { return little_endian(load<std::uint64_t>(at)); }

/// Where the next bits go.
struct BitWriter {
  char* out;
  std::uint64_t bits;
  std::uint32_t count;
};

/// Writes the lowest `size` bits of `value`, at most 56, of which the others are 0.
void put(BitWriter& writer, std::uint64_t value, std::uint32_t size) noexcept {
  writer.bits |= value << writer.count;
  writer.count += size;
  const std::uint64_t bytes = little_endian(writer.bits);
  std::memcpy(writer.out, &bytes, sizeof(bytes));
  writer.out += writer.count / 8;
  writer.bits >>= writer.count / 8 * 8;
  writer.count %= 8;
}

/// Writes the lengths of a block's codes, with runs of zeros as such (RFC 1951, section 3.2.7).
void put_code_sizes(BitWriter& writer, std::span<const std::uint8_t> sizes) noexcept {
  constexpr std::uint32_t kShortRun = 17;
  constexpr std::uint32_t kLongRun = 18;
  constexpr std::array<std::uint8_t, 19> kOrder{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
  std::array<Symbol, kSymbols + kDistances> items;
  std::array<std::uint32_t, kOrder.size()> counts{};
  std::size_t item_count = 0;
  for (std::size_t at = 0; at < sizes.size();) {
    std::size_t run = 0;
    while (run < 138 && at + run < sizes.size() && sizes[at + run] == 0) ++run;
    Symbol item{sizes[at], 0, 0};
    if (run >= 11)
      item = {kLongRun, static_cast<std::uint8_t>(run - 11), 7};
    else if (run >= 3)
      item = {kShortRun, static_cast<std::uint8_t>(run - 3), 3};
    at += run >= 3 ? run : 1;
    ++counts[item.symbol];
    items[item_count++] = item;
  }
  std::array<std::uint8_t, kOrder.size()> item_sizes;
  std::array<Code, kOrder.size()> codes;
  find_code_sizes(counts, 7, item_sizes.data());
  assign_codes(item_sizes, codes.data());
  put(writer, kSymbols - 257, 5);
  put(writer, kDistances - 1, 5);
  put(writer, kOrder.size() - 4, 4);
  for (const std::uint8_t symbol : kOrder) put(writer, item_sizes[symbol], 3);
  for (std::size_t i = 0; i < item_count; ++i) {
    put(writer, codes[items[i].symbol].bits, codes[items[i].symbol].size);
    put(writer, items[i].extra, items[i].extra_size);
  }
}

void clear_block(Deflater& deflater) noexcept {
  deflater.token_count = 0;
  deflater.value_counts.fill(0);
  deflater.distance_counts.fill(0);
}

/// Writes the tokens in these codes of symbols and distances, with their extra bits.
void put_tokens(BitWriter& writer, const Deflater& deflater, const Code* codes,
                const Code* distances) noexcept {
  std::array<Code, kSymbolOf.size()> values;
  for (std::size_t value = 0; value < values.size(); ++value) {
    const auto [symbol, extra, extra_size] = kSymbolOf[value];
    values[value] = {codes[symbol].bits | std::uint32_t{extra} << codes[symbol].size,
                     codes[symbol].size + extra_size};
  }
  std::array<std::uint32_t, kNoDistance + 1> extra_sizes;
  for (std::uint32_t i = 0; i < extra_sizes.size(); ++i) extra_sizes[i] = distance_extra_size(i);
  for (std::size_t i = 0; i < deflater.token_count; ++i) {
    const std::uint32_t token = deflater.tokens[i];
    const Code value = values[token & 0x1FFU];
    const std::uint32_t symbol = token >> 9U & 0x1FU;
    const Code distance = distances[symbol];
    const std::uint64_t bits = distance.bits | std::uint64_t{token >> 14U} << distance.size;
    put(writer, value.bits | bits << value.size, value.size + distance.size + extra_sizes[symbol]);
  }
}

/// Writes the tokens as a block (RFC 1951, section 3.2.3), and forgets them.
void put_block(BitWriter& writer, Deflater& deflater, bool is_last) noexcept {
  // Some readers want two codes of each kind, whether or not there is anything to be coded.
  std::array<std::uint32_t, kSymbols> symbol_counts{1};
  symbol_counts[kEndOfBlock] = 1;
  for (std::size_t value = 0; value < kSymbolOf.size(); ++value)
    symbol_counts[kSymbolOf[value].symbol] += deflater.value_counts[value];
  ++deflater.distance_counts[0];
  ++deflater.distance_counts[1];
  std::array<std::uint8_t, kSymbols + kDistances> sizes;
  const std::span symbol_sizes = std::span{sizes}.first<kSymbols>();
  const std::span distance_sizes = std::span{sizes}.last<kDistances>();
  find_code_sizes(symbol_counts, kLongestCode, symbol_sizes.data());
  find_code_sizes(std::span{deflater.distance_counts}.first<kDistances>(), kLongestCode,
                  distance_sizes.data());
  std::array<Code, kSymbols> codes;
  std::array<Code, kNoDistance + 1> distances;
  assign_codes(symbol_sizes, codes.data());
  assign_codes(distance_sizes, distances.data());
  distances[kNoDistance] = {0, 0};

  constexpr std::uint32_t kOwnCodes = 2;
  put(writer, (is_last ? 1 : 0) | kOwnCodes << 1U, 3);
  put_code_sizes(writer, sizes);
  put_tokens(writer, deflater, codes.data(), distances.data());
  put(writer, codes[kEndOfBlock].bits, codes[kEndOfBlock].size);
  clear_block(deflater);
}

/// The end of the bytes from `at` on, which begin like those `distance` before them, that are the
/// same as those.
const char* match_end(const char* at, std::size_t distance, const char* end) noexcept {
  for (; end - at >= 8; at += 8) {
    const std::uint64_t difference = load_word(at) ^ load_word(at - distance);
    if (difference != 0) return at + std::countr_zero(difference) / 8;
  }
  while (at != end && *at == *(at - distance)) ++at;
  return at;
}

std::size_t hash_of(std::uint64_t word) noexcept {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;  // 2^64 by the golden ratio
  constexpr int kHashBits = std::bit_width(std::tuple_size_v<decltype(Deflater::heads)>) - 1;
  return (word << 24U) * kGolden >> (64 - kHashBits);
}

}  // namespace

void begin_deflate(Deflater& deflater) noexcept {
  deflater.bits = 0;
  deflater.bit_count = 0;
  deflater.position = 0;
  deflater.heads.fill(0);
  clear_block(deflater);
}

char* write_deflated(Deflater& deflater, char* out, std::size_t history, std::string_view bytes,
                     bool is_last) noexcept {
  constexpr std::ptrdiff_t kHashed = 8;  // how many bytes are loaded for a hash
  BitWriter writer{out, deflater.bits, deflater.bit_count};
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const char* const oldest = at - history;
  const auto position = [&, begin = at](const char* place) noexcept {
    return static_cast<std::uint16_t>(deflater.position + (place - begin));
  };
  while (at != end) {
    std::uint32_t token = to_byte(*at) | kNoDistance << 9U;
    const char* next = at + 1;
    if (end - at >= kHashed) {
      std::uint16_t& head = deflater.heads[hash_of(load_word(at))];
      const std::size_t distance = static_cast<std::uint16_t>(position(at) - head);
      head = position(at);
      if (distance - 1 < kDeflateWindow && distance <= static_cast<std::size_t>(at - oldest) &&
          load<std::uint32_t>(at) == load<std::uint32_t>(at - distance)) {
        next = match_end(at + 4, distance, at + std::min(end - at, kLongestMatch));
        token = static_cast<std::uint32_t>(next - at - kShortestMatch) | kMatch |
                distance_bits(static_cast<std::uint32_t>(distance));
        ++deflater.distance_counts[token >> 9U & 0x1FU];
        const char* const last = std::min({next - 1, at + 3, end - kHashed});
        for (const char* place = at + 1; place <= last; ++place)
          deflater.heads[hash_of(load_word(place))] = position(place);
      }
    }
    ++deflater.value_counts[token & 0x1FFU];
    deflater.tokens[deflater.token_count++] = token;
    at = next;
    if (deflater.token_count == kBlockTokens && at != end) put_block(writer, deflater, false);
  }
  if (deflater.token_count > 0 || is_last) put_block(writer, deflater, is_last);
  if (is_last) put(writer, 0, 7);  // the rest of the last byte
  deflater.position = position(end);
  deflater.bits = writer.bits;
  deflater.bit_count = writer.count;
  return writer.out;
}

char* write_stored(char* out, std::string_view bytes, bool is_last) noexcept {
  do {
    const std::string_view block = bytes.substr(0, 65'535);
    bytes.remove_prefix(block.size());
    const std::size_t size = block.size();
    const std::size_t inverted = ~size;
    for (const std::size_t byte :
         {std::size_t{is_last && bytes.empty()}, size, size >> 8U, inverted, inverted >> 8U})
      *out++ = static_cast<char>(byte & 0xFFU);
    out = write_bytes(out, block);
  } while (!bytes.empty());
  return out;
}

}  // namespace export_leads::core
