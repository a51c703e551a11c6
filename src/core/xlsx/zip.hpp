// A ZIP archive (APPNOTE 6.3.3), written from front to back into memory that the caller grows, its
// larger entries compressed by zlib: one as it goes, others elsewhere until it has ended.
//
// Headers hold the sizes, which for a compressed entry are filled in when it ends: no data
// descriptors and no Zip64, variants of which Excel wants to repair. Times are always 1980-01-01,
// so that the same content gives the same bytes.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

// zlib then takes what it reads as const.
#define ZLIB_CONST
#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace export_leads::core {

/// Where the archive's bytes go. Only reserve may end otherwise than by returning, with longjmp:
/// nothing is half done then, though the archive cannot go on.
struct Sink {
  void* state;
  /// Makes room for `size` bytes and returns where they go.
  char* (*reserve)(void* state, std::size_t size);
  /// Keeps what was written there, up to `end`.
  void (*commit)(void* state, const char* end);
  /// Where the byte is that was the `offset`th of the archive.
  char* (*at)(void* state, std::size_t offset);
};

/// Where zlib's memory, about 270 kB a stream, comes from. Whoever abandons one releases it all.
struct Allocator {
  void* state;
  /// Returns null, or does not return at all, where there is no memory.
  void* (*allocate)(void* state, std::size_t size);
  void (*release)(void* state, void* memory);
};

/// One file in the archive.
struct ZipEntry {
  std::string_view name;  ///< ASCII; outlives the archive
  std::uint16_t method;
  std::uint32_t checksum;
  std::uint32_t compressed_size;
  std::uint32_t size;
  std::uint32_t offset;
};

/// What an archive and one entry hold at most, so that it needs no Zip64: 4 GiB less some room for
/// what little deflate may add.
inline constexpr std::uint64_t kZipMaximum = (4ULL << 30U) - (64ULL << 20U);

/// Bytes as they are compressed. zlib knows where its stream is, so it must not be moved.
struct DeflateStream {
  Sink sink;
  Allocator allocator;
  z_stream stream;
  std::uint64_t size;      ///< of what was added
  std::uint32_t checksum;  ///< of that
  std::size_t compressed_size;
};
static_assert(std::is_trivially_destructible_v<DeflateStream>);

/// Begins a stream into `sink`, with `level` from 1 to 9. False where zlib gets no memory.
[[nodiscard]] bool begin_stream(DeflateStream& stream, Sink sink, Allocator allocator,
                                int level) noexcept;

/// Adds `bytes`, with which the stream's size stays below kZipMaximum by the caller's care.
void add_to_stream(DeflateStream& stream, std::string_view bytes) noexcept;

/// Ends a stream and gives zlib's memory back.
void end_stream(DeflateStream& stream) noexcept;

/// An archive as it is written.
struct ZipArchive {
  Sink sink;
  std::size_t size;
  std::array<ZipEntry, 7> entries;
  std::size_t entry_count;
};
static_assert(std::is_trivially_destructible_v<ZipArchive>);

/// Begins an archive.
void begin_zip(ZipArchive& zip, Sink sink) noexcept;

/// Adds an entry as it is.
void add_stored(ZipArchive& zip, std::string_view name, std::string_view content) noexcept;

/// Begins an entry whose stream goes into the archive's own sink, with `head`, at most 64 kB that
/// end_deflated() can still replace.
void begin_deflated(ZipArchive& zip, std::string_view name, std::string_view head) noexcept;

/// Ends that entry, the stream of which has ended. `head` is as long as the one it began with.
void end_deflated(ZipArchive& zip, const DeflateStream& stream, std::string_view head) noexcept;

/// Adds an entry of `head`, at most 64 kB, and of a stream that has ended in a sink of its own.
void add_deflated(ZipArchive& zip, std::string_view name, std::string_view head,
                  const DeflateStream& stream) noexcept;

/// Ends the archive.
void end_zip(ZipArchive& zip) noexcept;

}  // namespace export_leads::core
