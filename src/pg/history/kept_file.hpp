// The files of the history: how one is kept, and read again.
#pragma once

#include "pg/file/format.hpp"
#include "pg/history/piece_codec.hpp"
#include "pg/history/tenant_call.hpp"
#include "pg/query/request.hpp"

namespace export_leads {

/// Takes the pieces of a file while it is written, and holds them compressed: in memory up to
/// work_mem, then in a temporary file.
struct PieceStore {
  PieceSink pub;
  PieceCompressor compressor;
  Tuplestorestate* pieces;
  TupleDesc row;
  std::int64_t size;  ///< of the file, in bytes, as far as it is written
};
static_assert(std::is_standard_layout_v<PieceStore>);

/// Lives in the current memory context.
PieceStore make_piece_store(const Format& format);

/// What the history tells of a file before it is kept.
struct FileToKeep {
  const Request* request;
  const Format* format;
  Datum export_id;  ///< the row that a schedule's run has begun; 0 for a new one
  const char* requested_by;
  TimestampTz started_at;
  std::int64_t lead_count;
  Datum filename;  ///< a text
};

/// Keeps a file, and returns its id, a uuid in the current memory context. Raises 54000 where the
/// tenant would keep more than its quota, and 02000 where the row is no longer there.
Datum keep_file(const TenantCall& call, const FileToKeep& file, PieceStore& store);

/// A file that is kept. Texts are in the memory context in which it was found.
struct KeptFile {
  Datum filename;
  Datum content_type;
  std::int64_t lead_count;
  std::int64_t size;
  const bytea* sha256;
};

/// Raises P0002 where the tenant has no such export, or its file is not there (any more).
KeptFile find_kept_file(const TenantCall& call, Datum export_id);

/// Takes the bytes of a kept file. `bytes` is the file's own memory or nullptr, where `room` is to
/// return the memory for a piece.
struct PieceReader {
  /// Returns where to write a piece of `size` bytes, which begins with the file's byte `first`.
  char* (*room)(PieceReader* self, std::int64_t first, std::size_t size);
  /// Called when it has been written.
  void (*take)(PieceReader* self, std::int64_t first, std::size_t size);
};

/// Reads the pieces that hold the bytes from `first` up to `end`, in their order. Raises XX001
/// where a piece is damaged or missing and, where that is the whole file, its hash is another.
/// Counts a download where the file is read from its first byte on and the transaction may write.
void read_pieces(const TenantCall& call, Datum export_id, const KeptFile& file, std::int64_t first,
                 std::int64_t end, PieceReader& reader);

}  // namespace export_leads
