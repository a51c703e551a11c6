// Builds Huffman's tree out of sorted counts, in which inner nodes come in order of their counts,
// too, so that no heap is needed.
#include "core/huffman.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace export_leads::core {
namespace {

struct Node {
  std::uint32_t count;
  std::uint16_t parent;
  std::uint16_t depth;
};

/// Joins the two rarest nodes until one is left, the last, and finds how deep each is. The first
/// `leaf_count` nodes are leaves, the rarest first.
void build_tree(Node* nodes, std::size_t leaf_count) noexcept {
  const std::size_t root = 2 * leaf_count - 2;
  std::size_t leaf = 0;
  std::size_t inner = leaf_count;
  for (std::size_t next = leaf_count; next <= root; ++next) {
    nodes[next].count = 0;
    for (int child = 0; child < 2; ++child) {
      const bool is_leaf =
          leaf < leaf_count && (inner == next || nodes[leaf].count <= nodes[inner].count);
      Node& rarest = nodes[is_leaf ? leaf++ : inner++];
      rarest.parent = static_cast<std::uint16_t>(next);
      nodes[next].count += rarest.count;
    }
  }
  nodes[root].depth = 0;
  for (std::size_t i = root; i-- > 0;)
    nodes[i].depth = static_cast<std::uint16_t>(nodes[nodes[i].parent].depth + 1);
}

}  // namespace

void find_code_sizes(std::span<const std::uint32_t> counts, std::uint32_t limit,
                     std::uint8_t* sizes) noexcept {
  std::array<std::uint32_t, kSymbolMaximum> leaves;  // a count and its symbol, to be sorted as one
  std::array<Node, 2 * kSymbolMaximum> nodes;
  std::size_t leaf_count = 0;
  for (std::uint32_t symbol = 0; symbol < counts.size(); ++symbol) {
    sizes[symbol] = 0;
    if (counts[symbol] > 0) leaves[leaf_count++] = counts[symbol] << 9U | symbol;
  }
  std::sort(leaves.data(), leaves.data() + leaf_count);
  for (std::size_t i = 0; i < leaf_count; ++i) nodes[i].count = leaves[i] >> 9U;
  build_tree(nodes.data(), leaf_count);
  while (nodes[0].depth > limit) {  // rare symbols are then taken for less rare
    for (std::size_t i = 0; i < leaf_count; ++i) nodes[i].count = (nodes[i].count + 1) / 2;
    build_tree(nodes.data(), leaf_count);
  }
  for (std::size_t i = 0; i < leaf_count; ++i)
    sizes[leaves[i] & 0x1FFU] = static_cast<std::uint8_t>(nodes[i].depth);
}

void assign_codes(std::span<const std::uint8_t> sizes, Code* codes) noexcept {
  std::array<std::uint32_t, kLongestCode + 1> next{};
  for (const std::uint8_t size : sizes) ++next[size];
  next[0] = 0;
  std::uint32_t first = 0;
  for (std::uint32_t& code : next) first = 2 * (first + std::exchange(code, first));
  for (std::size_t symbol = 0; symbol < sizes.size(); ++symbol) {
    const std::uint32_t size = sizes[symbol];
    const std::uint32_t code = next[size]++;
    std::uint32_t reversed = 0;
    for (std::uint32_t bit = 0; bit < size; ++bit) reversed = reversed << 1U | (code >> bit & 1U);
    codes[symbol] = {reversed, size};
  }
}

}  // namespace export_leads::core
