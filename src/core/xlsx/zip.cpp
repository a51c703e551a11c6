// Writes the headers of an archive, whose numbers are little-endian, and zlib's checksums.
#include "core/xlsx/zip.hpp"

// zlib then takes what it reads as const.
#define ZLIB_CONST
#include <zlib.h>

#include "core/bytes.hpp"

namespace export_leads::core {
namespace {

constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kVersion = 20;       // 2.0, the first with deflate
constexpr std::uint32_t kTime = 0x00210000;  // 1980-01-01 00:00:00, the first that ZIP knows
constexpr std::size_t kLocalHeaderSize = 30;
constexpr std::size_t kCentralHeaderSize = 46;
constexpr std::size_t kEndSize = 22;

char* put16(char* out, std::uint32_t value) noexcept {
  *out++ = static_cast<char>(value & 0xFFU);
  *out++ = static_cast<char>(value >> 8U & 0xFFU);
  return out;
}

char* put32(char* out, std::uint32_t value) noexcept {
  return put16(put16(out, value & 0xFFFFU), value >> 16U);
}

const Bytef* zlib_bytes(std::string_view bytes) noexcept {
  return reinterpret_cast<const Bytef*>(bytes.data());
}

std::uint32_t checksum_of(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(crc32_z(0, zlib_bytes(bytes), bytes.size()));
}

char* reserve(ZipArchive& zip, std::size_t size) noexcept {
  return zip.sink.reserve(zip.sink.state, size);
}

void commit(ZipArchive& zip, const char* begin, const char* end) noexcept {
  zip.size += static_cast<std::size_t>(end - begin);
  zip.sink.commit(zip.sink.state, end);
}

/// Writes what local and central headers share: from the version to the length of the extra field.
char* put_entry(char* out, const ZipEntry& entry) noexcept {
  out = put16(out, kVersion);
  out = put16(out, 0);  // flags
  out = put16(out, entry.method);
  out = put32(out, kTime);
  out = put32(out, entry.checksum);
  out = put32(out, entry.compressed_size);
  out = put32(out, entry.size);
  out = put16(out, static_cast<std::uint32_t>(entry.name.size()));
  return put16(out, 0);  // no extra field
}

char* put_local_header(char* out, const ZipEntry& entry) noexcept {
  out = put32(out, 0x04034B50);
  out = put_entry(out, entry);
  return write_bytes(out, entry.name);
}

char* put_central_header(char* out, const ZipEntry& entry) noexcept {
  out = put32(out, 0x02014B50);
  out = put16(out, kVersion);
  out = put_entry(out, entry);
  out = put16(out, 0);  // no comment
  out = put16(out, 0);  // the first disk
  out = put16(out, 0);  // internal attributes
  out = put32(out, 0);  // external attributes
  out = put32(out, entry.offset);
  return write_bytes(out, entry.name);
}

/// Writes the beginning of a compressed entry: its header, and its head as a block of its own.
char* put_deflated_begin(char* out, const ZipEntry& entry, std::string_view head) noexcept {
  return write_stored(put_local_header(out, entry), head, false);
}

std::size_t deflated_begin_size(const ZipEntry& entry, std::string_view head) noexcept {
  return kLocalHeaderSize + entry.name.size() + stored_size(head.size());
}

ZipEntry& new_entry(ZipArchive& zip, std::string_view name, std::uint16_t method) noexcept {
  ZipEntry& entry = zip.entries[zip.entry_count++];
  entry = {name, method, 0, 0, 0, static_cast<std::uint32_t>(zip.size)};
  return entry;
}

/// Fills in the checksum and the sizes of an entry that consists of `head` and of the stream.
void complete_entry(ZipEntry& entry, std::string_view head, const DeflateStream& stream) noexcept {
  entry.checksum = static_cast<std::uint32_t>(
      crc32_combine(checksum_of(head), stream.checksum, static_cast<z_off_t>(stream.size)));
  entry.size = static_cast<std::uint32_t>(head.size() + stream.size);
  entry.compressed_size =
      static_cast<std::uint32_t>(stored_size(head.size()) + stream.compressed_size);
}

}  // namespace

void begin_stream(DeflateStream& stream, Sink sink) noexcept {
  stream.sink = sink;
  stream.size = 0;
  stream.checksum = 0;
  stream.compressed_size = 0;
  begin_deflate(stream.deflater);
}

void add_to_stream(DeflateStream& stream, std::size_t history, std::string_view bytes,
                   bool is_last) noexcept {
  stream.checksum =
      static_cast<std::uint32_t>(crc32_z(stream.checksum, zlib_bytes(bytes), bytes.size()));
  stream.size += bytes.size();
  const Sink& sink = stream.sink;
  char* const out = sink.reserve(sink.state, deflate_bound(bytes.size()));
  const char* const end = write_deflated(stream.deflater, out, history, bytes, is_last);
  stream.compressed_size += static_cast<std::size_t>(end - out);
  sink.commit(sink.state, end);
}

void begin_zip(ZipArchive& zip, Sink sink) noexcept {
  zip = {};
  zip.sink = sink;
}

void add_stored(ZipArchive& zip, std::string_view name, std::string_view content) noexcept {
  ZipEntry& entry = new_entry(zip, name, kStored);
  entry.checksum = checksum_of(content);
  entry.size = static_cast<std::uint32_t>(content.size());
  entry.compressed_size = entry.size;
  char* const out = reserve(zip, kLocalHeaderSize + name.size() + content.size());
  commit(zip, out, write_bytes(put_local_header(out, entry), content));
}

void begin_deflated(ZipArchive& zip, std::string_view name, std::string_view head) noexcept {
  const ZipEntry& entry = new_entry(zip, name, kDeflated);
  char* const out = reserve(zip, deflated_begin_size(entry, head));
  commit(zip, out, put_deflated_begin(out, entry, head));
}

void end_deflated(ZipArchive& zip, const DeflateStream& stream, std::string_view head) noexcept {
  ZipEntry& entry = zip.entries[zip.entry_count - 1];
  complete_entry(entry, head, stream);
  zip.size += stream.compressed_size;
  put_deflated_begin(zip.sink.at(zip.sink.state, entry.offset), entry, head);
}

void add_deflated(ZipArchive& zip, std::string_view name, std::string_view head,
                  const DeflateStream& stream) noexcept {
  ZipEntry& entry = new_entry(zip, name, kDeflated);
  complete_entry(entry, head, stream);
  char* const out = reserve(zip, deflated_begin_size(entry, head) + stream.compressed_size);
  const char* const compressed = stream.sink.at(stream.sink.state, 0);
  commit(zip, out,
         write_bytes(put_deflated_begin(out, entry, head), {compressed, stream.compressed_size}));
}

void end_zip(ZipArchive& zip) noexcept {
  const std::size_t offset = zip.size;
  for (std::size_t i = 0; i < zip.entry_count; ++i) {
    char* const out = reserve(zip, kCentralHeaderSize + zip.entries[i].name.size());
    commit(zip, out, put_central_header(out, zip.entries[i]));
  }
  const auto size = static_cast<std::uint32_t>(zip.size - offset);
  const auto count = static_cast<std::uint32_t>(zip.entry_count);
  char* const begin = reserve(zip, kEndSize);
  char* out = put32(begin, 0x06054B50);
  out = put32(out, 0);  // this disk is the first and only one
  out = put16(out, count);
  out = put16(out, count);
  out = put32(out, size);
  out = put32(out, static_cast<std::uint32_t>(offset));
  commit(zip, begin, put16(out, 0));  // no comment
}

}  // namespace export_leads::core
