// A file in memory that an archive is written into, and an allocator that knows what is not given
// back.
#pragma once

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/xlsx/zip.hpp"

namespace export_leads::test {

struct MemoryFile {
  std::vector<char> bytes;
  std::size_t used = 0;
  std::size_t reserve_calls = 0;
  std::size_t failing_call = 0;  ///< which call of reserve jumps to `failed`, counted from 1
  std::jmp_buf failed;

  std::string_view view() const { return {bytes.data(), used}; }

  core::Sink sink() {
    return {this,
            [](void* state, std::size_t size) {
              auto& file = *static_cast<MemoryFile*>(state);
              if (++file.reserve_calls == file.failing_call) std::longjmp(file.failed, 1);
              // A new place each time, so that what is kept of the old one is noticed.
              std::vector<char> grown(file.used + size);
              std::copy_n(file.bytes.begin(), file.used, grown.begin());
              file.bytes = std::move(grown);
              return file.bytes.data() + file.used;
            },
            [](void* state, const char* end) {
              auto& file = *static_cast<MemoryFile*>(state);
              file.used = static_cast<std::size_t>(end - file.bytes.data());
            },
            [](void* state, std::size_t offset) {
              return static_cast<MemoryFile*>(state)->bytes.data() + offset;
            }};
  }
};

struct Arena {
  std::set<void*> pieces;
  bool has_memory = true;

  core::Allocator allocator() {
    return {this,
            [](void* state, std::size_t size) -> void* {
              auto& arena = *static_cast<Arena*>(state);
              if (!arena.has_memory) return nullptr;
              return *arena.pieces.insert(std::malloc(size)).first;
            },
            [](void* state, void* memory) {
              static_cast<Arena*>(state)->pieces.erase(memory);
              std::free(memory);
            }};
  }

  /// As a memory context is reset.
  void reset() {
    for (void* piece : pieces) std::free(piece);
    pieces.clear();
  }
};

}  // namespace export_leads::test
