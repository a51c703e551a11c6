// Writes a ZIP archive (APPNOTE 6.3.3) from front to back into memory that the caller grows. Its
// larger entries are compressed, either straight into the archive or elsewhere, to be added
// when they have ended.
//
// The sizes of an entry stand in its header, where those of one that is compressed are filled in
// when it ends: there are no data descriptors and no Zip64, because Excel offers to repair files
// with some variants of these. Times are always 1980-01-01, so that the same content gives the same
// bytes.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/deflate.hpp"

namespace export_leads::core {

/// Where an archive's or a stream's bytes go. Only `reserve` may end otherwise than by returning,
/// with longjmp: nothing is half done at that moment, though the archive cannot go on.
struct Sink {
  void* state;
  /// Makes room for `size` bytes and returns where they go.
  char* (*reserve)(void* state, std::size_t size);
  /// Keeps what was written there, up to `end`.
  void (*commit)(void* state, const char* end);
  /// The address of the byte with that offset from the first.
  char* (*at)(void* state, std::size_t offset);
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

/// What one entry holds at most, in bytes, so that it needs no Zip64: 4 GiB less some room for what
/// deflate may add to content that it cannot compress. The archive as a whole must stay below 4 GiB
/// too, which is up to its sink.
inline constexpr std::uint64_t kZipMaximum = (4ULL << 30U) - (64ULL << 20U);

/// Bytes as they are compressed. It may hold anything before begin_stream().
struct DeflateStream {
  Sink sink;
  Deflater deflater;
  std::uint64_t size;      ///< of what was added, in bytes
  std::uint32_t checksum;  ///< CRC-32 of what was added
  std::size_t compressed_size;
};
static_assert(std::is_trivially_destructible_v<DeflateStream>);

/// Begins a stream into `sink`.
void begin_stream(DeflateStream& stream, Sink sink) noexcept;

/// Adds `bytes`, and ends the stream where they are the last, as write_deflated() does: the
/// `history` bytes before them in memory are the last ones that were added. The caller makes sure
/// that the stream's size stays below kZipMaximum.
void add_to_stream(DeflateStream& stream, std::size_t history, std::string_view bytes,
                   bool is_last) noexcept;

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

/// Adds an entry that is not compressed.
void add_stored(ZipArchive& zip, std::string_view name, std::string_view content) noexcept;

/// Begins an entry of `head`, at most 65,535 bytes that end_deflated() can still replace, and of a
/// stream that goes straight into the archive's sink.
void begin_deflated(ZipArchive& zip, std::string_view name, std::string_view head) noexcept;

/// Ends the entry that begin_deflated() began, when its stream has ended. `head` replaces the one
/// it began with, and is as long.
void end_deflated(ZipArchive& zip, const DeflateStream& stream, std::string_view head) noexcept;

/// Adds an entry of `head`, at most 65,535 bytes, and of a stream that has ended in a sink of its
/// own.
void add_deflated(ZipArchive& zip, std::string_view name, std::string_view head,
                  const DeflateStream& stream) noexcept;

/// Ends the archive with its central directory.
void end_zip(ZipArchive& zip) noexcept;

}  // namespace export_leads::core
