// The growing text value that an export is written into: reserve, write, commit.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

struct OutputBuffer {
  char* value;           ///< the varlena, its header included
  std::size_t used;      ///< bytes written, the header included
  std::size_t capacity;  ///< bytes allocated
};
static_assert(std::is_trivially_destructible_v<OutputBuffer>);

/// An empty buffer in the current memory context, in which it also grows.
OutputBuffer make_output_buffer();

/// Whether `size` more bytes stay within the largest value PostgreSQL can hold (1 GB).
inline bool can_hold(const OutputBuffer& buffer, std::size_t size) {
  return size <= MaxAllocSize - buffer.used;
}

/// Makes room for `size` bytes and returns where they go. Raises 54000 where the value would pass 1
/// GB.
char* reserve(OutputBuffer& buffer, std::size_t size);

/// Keeps what was written up to `end`.
inline void commit(OutputBuffer& buffer, const char* end) {
  buffer.used = static_cast<std::size_t>(end - buffer.value);
}

/// Writes `bytes` as they are.
inline void append(OutputBuffer& buffer, std::string_view bytes) {
  char* out = reserve(buffer, bytes.size());
  std::memcpy(out, bytes.data(), bytes.size());
  commit(buffer, out + bytes.size());
}

/// The finished value, a text.
Datum finish(OutputBuffer& buffer);

}  // namespace export_leads
