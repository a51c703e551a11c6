// The growing value that an export is written into: reserve, write, commit. It becomes one value,
// or the pieces of a set.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

struct OutputBuffer {
  char* value;                ///< the varlena, its header included
  std::size_t used;           ///< bytes written, the header included
  std::size_t capacity;       ///< bytes allocated
  const ReturnSetInfo* set;   ///< where pieces go; nullptr where all becomes one value
  std::uint64_t bytes_given;  ///< bytes that went there, without headers
};
static_assert(std::is_trivially_destructible_v<OutputBuffer>);

/// How many bytes of text a piece holds, at most, and but for the last, nearly.
inline constexpr std::size_t kPieceSize = 256 * 1024;

/// An empty buffer in the current memory context, in which it also grows.
OutputBuffer make_output_buffer();

/// One whose bytes go into a materialized set of texts, piece by piece.
OutputBuffer make_output_pieces(const ReturnSetInfo* set);

/// How many bytes were written so far.
inline std::uint64_t bytes_written(const OutputBuffer& buffer) {
  return buffer.bytes_given + buffer.used - VARHDRSZ;
}

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

/// Gives away whole pieces, where there are to be pieces. To be called between records.
void give_pieces(OutputBuffer& buffer);

/// Gives away what is left, too.
void give_last_piece(OutputBuffer& buffer);

/// The finished value, a text or a bytea.
Datum finish(OutputBuffer& buffer);

/// The same for a value in a row, which is not to be larger than a value either. Raises 54000.
Datum finish_in_row(OutputBuffer& buffer);

}  // namespace export_leads
