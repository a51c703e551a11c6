// The form in which the pieces of a kept file are stored: zlib's (RFC 1950), which carries a
// checksum of its own. A hash of the whole file stands in its row of the history.
#pragma once

#define ZLIB_CONST
#include <zlib.h>

#include "pg/postgres.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
}

namespace export_leads {

namespace core {
struct Deflater;
}

/// Compresses and hashes a file piece by piece. Its memory is in the memory context in which it was
/// made.
struct PieceCompressor {
  core::Deflater* deflater;  ///< null where the file is compressed already, and only wrapped
  pg_cryptohash_ctx* hash;
};

/// Raises 53200.
PieceCompressor make_piece_compressor(bool is_compressed);

/// Returns the piece as it is stored, in the current memory context.
bytea* compress_piece(PieceCompressor& compressor, const char* bytes, std::size_t size);

/// Decompresses and hashes a file piece by piece.
struct PieceExpander {
  z_stream stream;
  pg_cryptohash_ctx* hash;
};

/// Raises 53200.
PieceExpander make_piece_expander();

/// Writes the `size` bytes of a piece to `out`. Raises XX001 where the piece is damaged.
void expand_piece(PieceExpander& expander, const bytea* stored, char* out, std::size_t size);

/// The SHA-256 of what went through, as a bytea in the current memory context. Ends the hash.
bytea* finish_hash(pg_cryptohash_ctx* hash);

}  // namespace export_leads
