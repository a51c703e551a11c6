// Compresses with the core, and lets zlib decompress in PostgreSQL's memory, where an error leaves
// nothing behind.
#include "core/deflate.hpp"
#include "pg/history/piece_codec.hpp"

extern "C" {
#include "port/pg_bswap.h"
}

namespace export_leads {
namespace {

void* allocate(void* context, unsigned count, unsigned size) {
  return MemoryContextAllocExtended(static_cast<MemoryContext>(context),
                                    static_cast<Size>(count) * size, MCXT_ALLOC_NO_OOM);
}

void release(void*, void* memory) { pfree(memory); }

[[noreturn]] void raise_out_of_memory() {
  ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
  pg_unreachable();
}

pg_cryptohash_ctx* begin_hash() {
  pg_cryptohash_ctx* hash = pg_cryptohash_create(PG_SHA256);
  if (hash == nullptr || pg_cryptohash_init(hash) < 0) raise_out_of_memory();
  return hash;
}

void add_to_hash(pg_cryptohash_ctx* hash, const char* bytes, std::size_t size) {
  if (pg_cryptohash_update(hash, reinterpret_cast<const uint8*>(bytes), size) < 0)
    elog(ERROR, "could not hash: %s", pg_cryptohash_error(hash));
}

const Bytef* as_zlib(const char* bytes) { return reinterpret_cast<const Bytef*>(bytes); }

}  // namespace

PieceCompressor make_piece_compressor(bool is_compressed) {
  return {is_compressed ? nullptr : static_cast<core::Deflater*>(palloc(sizeof(core::Deflater))),
          begin_hash()};
}

bytea* compress_piece(PieceCompressor& compressor, const char* bytes, std::size_t size) {
  constexpr char kHeader[] = {0x78, 0x01};  // deflate with a window of 32 KiB, made for speed
  add_to_hash(compressor.hash, bytes, size);
  core::Deflater* const deflater = compressor.deflater;
  const std::size_t bound =
      deflater == nullptr ? core::stored_size(size) : core::deflate_bound(size);
  auto* piece = static_cast<bytea*>(palloc(VARHDRSZ + sizeof(kHeader) + bound + sizeof(uint32)));
  char* out = static_cast<char*>(std::memcpy(VARDATA(piece), kHeader, sizeof(kHeader)));
  out += sizeof(kHeader);
  if (deflater == nullptr) {
    out = core::write_stored(out, {bytes, size}, true);
  } else {
    core::begin_deflate(*deflater);
    out = core::write_deflated(*deflater, out, 0, {bytes, size}, true);
  }
  const uint32 checksum =
      pg_hton32(static_cast<uint32>(adler32_z(adler32_z(0, nullptr, 0), as_zlib(bytes), size)));
  std::memcpy(out, &checksum, sizeof(checksum));
  SET_VARSIZE(piece, out + sizeof(checksum) - reinterpret_cast<char*>(piece));
  return piece;
}

PieceExpander make_piece_expander() {
  PieceExpander expander{{}, begin_hash()};
  expander.stream.zalloc = allocate;
  expander.stream.zfree = release;
  expander.stream.opaque = CurrentMemoryContext;
  if (inflateInit(&expander.stream) != Z_OK) raise_out_of_memory();
  return expander;
}

void expand_piece(PieceExpander& expander, const bytea* stored, char* out, std::size_t size) {
  z_stream& stream = expander.stream;
  const std::string_view compressed = text_view(stored);
  stream.next_in = as_zlib(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out);
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  if (result == Z_MEM_ERROR) raise_out_of_memory();
  if (result != Z_STREAM_END || stream.avail_out != 0 || stream.avail_in != 0)
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a piece of a kept file is damaged")));
  (void)inflateReset(&stream);
  add_to_hash(expander.hash, out, size);
}

bytea* finish_hash(pg_cryptohash_ctx* hash) {
  auto* result = static_cast<bytea*>(palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH));
  SET_VARSIZE(result, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
  if (pg_cryptohash_final(hash, reinterpret_cast<uint8*>(VARDATA(result)),
                          PG_SHA256_DIGEST_LENGTH) < 0)
    elog(ERROR, "could not hash: %s", pg_cryptohash_error(hash));
  pg_cryptohash_free(hash);
  return result;
}

}  // namespace export_leads
