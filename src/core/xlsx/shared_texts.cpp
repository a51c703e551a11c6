// Remembers texts in a hash table with linear probing, at most half full.
#include "core/xlsx/shared_texts.hpp"

#include <algorithm>

#include "core/block.hpp"
#include "core/bytes.hpp"

namespace export_leads::core {
namespace {

/// How many slots a search looks at. In a table that is half full of ordinary texts this is as good
/// as all of them; texts that were chosen to share one hash cost no more than this.
constexpr std::size_t kProbeMaximum = 64;

/// How many times a text that was met again is spared when texts are forgotten.
constexpr std::uint32_t kRespite = 3;

std::uint64_t mixed(std::uint64_t hash) noexcept {
  hash *= 0x9E3779B97F4A7C15;  // 2^64 by the golden ratio
  return hash ^ hash >> 32U;
}

std::uint32_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  while (text.size() >= sizeof(std::uint64_t)) {
    hash = mixed(hash ^ load<std::uint64_t>(text.data()));
    text.remove_prefix(sizeof(std::uint64_t));
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return static_cast<std::uint32_t>(mixed(mixed(hash ^ rest)));
}

std::string_view view(const SharedTexts& shared, const SharedText& text) noexcept {
  return {shared.bytes.data() + text.begin, text.size};
}

/// The slot of an equal text, or else the free one where it would go; null where neither is among
/// those that are looked at.
template <typename IsEqual>
std::uint16_t* find_slot(SharedTexts& shared, std::uint32_t hash, IsEqual is_equal) noexcept {
  for (std::size_t probe = 0; probe < kProbeMaximum; ++probe) {
    std::uint16_t& slot = shared.slots[(hash + probe) % shared.slots.size()];
    if (slot == 0 || is_equal(shared.texts[slot - std::size_t{1}])) return &slot;
  }
  return nullptr;
}

std::uint16_t* find_slot(SharedTexts& shared, std::uint32_t hash, std::string_view text) noexcept {
  return find_slot(shared, hash, [&](const SharedText& other) noexcept {
    return other.hash == hash && view(shared, other) == text;
  });
}

std::uint16_t* find_free_slot(SharedTexts& shared, std::uint32_t hash) noexcept {
  return find_slot(shared, hash, [](const SharedText&) noexcept { return false; });
}

/// Adds a text whose bytes are at `bytes`, which may be those of the table itself, at or behind the
/// place where they go.
void add(SharedTexts& shared, std::uint16_t* slot, SharedText text, const char* bytes) noexcept {
  char* const begin = shared.bytes.data() + shared.byte_count;
  std::memmove(begin, bytes, text.size);
  text.begin = static_cast<std::uint32_t>(shared.byte_count);
  shared.byte_count += text.size;
  shared.texts[shared.text_count++] = text;
  *slot = static_cast<std::uint16_t>(shared.text_count);
}

/// Whether another text of `size` bytes fits into 1/`part` of the table's room.
bool has_room(const SharedTexts& shared, std::size_t size, std::size_t part) noexcept {
  return shared.text_count < kSharedTextMaximum / part &&
         shared.byte_count + size <= kSharedTextBytes / part;
}

/// Forgets all texts but those that were met again lately.
void forget(SharedTexts& shared) noexcept {
  const std::size_t count = shared.text_count;
  shared.slots.fill(0);
  shared.text_count = 0;
  shared.byte_count = 0;
  for (std::size_t i = 0; i < count; ++i) {
    SharedText text = shared.texts[i];
    if (text.spares_left == 0 || !has_room(shared, text.size, 2)) continue;
    --text.spares_left;
    if (std::uint16_t* const slot = find_free_slot(shared, text.hash); slot != nullptr)
      add(shared, slot, text, shared.bytes.data() + text.begin);
  }
}

}  // namespace

void clear(SharedTexts& shared) noexcept {
  shared.slots.fill(0);
  shared.text_count = 0;
  shared.byte_count = 0;
  shared.next_number = 0;
}

TextNumber number_of(SharedTexts& shared, std::string_view text) noexcept {
  if (text.size() > kLongestSharedText) return {shared.next_number++, true};
  const std::uint32_t hash = hash_of(text);
  std::uint16_t* slot = find_slot(shared, hash, text);
  if (slot != nullptr && *slot != 0) {
    SharedText& known = shared.texts[*slot - std::size_t{1}];
    known.spares_left = kRespite;
    return {known.number, false};
  }
  if (!has_room(shared, text.size(), 1)) {
    forget(shared);
    slot = find_free_slot(shared, hash);
  }
  const std::uint32_t number = shared.next_number++;
  if (slot != nullptr)
    add(shared, slot, {hash, 0, static_cast<std::uint32_t>(text.size()), number, 0}, text.data());
  return {number, true};
}

}  // namespace export_leads::core
