// A file in memory that an archive is written into.
#pragma once

#include <algorithm>
#include <csetjmp>
#include <cstddef>
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

}  // namespace export_leads::test
