// The buffer that an export writes its file into: reserve, write, commit. Its bytes become one
// value, or pieces.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// Where pieces go. What takes them begins with this struct.
struct PieceSink {
  void (*take)(PieceSink* self, const char* bytes, std::size_t size);
};

/// Makes each piece a row of a materialized set of texts.
struct SetSink {
  PieceSink pub;
  const ReturnSetInfo* set;
};
SetSink make_set_sink(const ReturnSetInfo* set);

struct OutputBuffer {
  char* value;                ///< the varlena, including its header
  std::size_t used;           ///< bytes written, including the header
  std::size_t capacity;       ///< bytes allocated
  PieceSink* sink;            ///< nullptr where the bytes become one value
  std::uint64_t bytes_given;  ///< bytes already handed over as pieces, without headers
};
static_assert(std::is_trivially_destructible_v<OutputBuffer>);

/// The most bytes that a piece holds. All pieces but the last are nearly that large.
inline constexpr std::size_t kPieceSize = 256 * 1024;

/// An empty buffer, allocated in the current memory context, in which it also grows.
OutputBuffer make_output_buffer();

/// An empty buffer whose bytes go to `sink`, which must outlive it, piece by piece.
OutputBuffer make_output_pieces(PieceSink* sink);

/// How many bytes were written so far, including those handed over as pieces.
inline std::uint64_t bytes_written(const OutputBuffer& buffer) {
  return buffer.bytes_given + buffer.used - VARHDRSZ;
}

/// Whether the buffer can hold `size` more bytes within the size limit of a PostgreSQL value (1
/// GB).
inline bool can_hold(const OutputBuffer& buffer, std::size_t size) {
  return size <= MaxAllocSize - buffer.used;
}

/// Makes room for `size` bytes and returns where to write them. Raises 54000 where the value would
/// become larger than 1 GB.
char* reserve(OutputBuffer& buffer, std::size_t size);

/// Makes the bytes up to `end` part of the output. `end` must lie in the reserved room.
inline void commit(OutputBuffer& buffer, const char* end) {
  buffer.used = static_cast<std::size_t>(end - buffer.value);
}

/// Appends `bytes` unchanged. Raises what reserve() raises.
inline void append(OutputBuffer& buffer, std::string_view bytes) {
  char* out = reserve(buffer, bytes.size());
  std::memcpy(out, bytes.data(), bytes.size());
  commit(buffer, out + bytes.size());
}

/// Hands over all full pieces, where there is a sink. To be called between records.
void give_pieces(OutputBuffer& buffer);

/// Hands over everything that is left.
void give_last_piece(OutputBuffer& buffer);

/// Returns the output as one value, a text or a bytea.
Datum finish(OutputBuffer& buffer);

/// Returns the output as one value that will be part of a row. Raises 54000 where the row would
/// become larger than 1 GB.
Datum finish_in_row(OutputBuffer& buffer);

}  // namespace export_leads
