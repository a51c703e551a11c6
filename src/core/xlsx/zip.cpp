// Writes the headers of an archive, whose numbers are little-endian, and passes bytes through zlib.
#include "core/xlsx/zip.hpp"

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
constexpr std::size_t kStoredBlockHeaderSize = 5;
constexpr std::size_t kPieceSize = 65'536;

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

/// Writes a block of deflate's format that holds bytes as they are (RFC 1951, section 3.2.4) and
/// has more blocks after it.
char* put_stored_block(char* out, std::string_view bytes) noexcept {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  *out++ = 0;
  out = put16(out, size);
  out = put16(out, ~size);
  return write_bytes(out, bytes);
}

/// Writes the beginning of a compressed entry: its header, and its head as a block of its own.
char* put_deflated_begin(char* out, const ZipEntry& entry, std::string_view head) noexcept {
  return put_stored_block(put_local_header(out, entry), head);
}

std::size_t deflated_begin_size(const ZipEntry& entry, std::string_view head) noexcept {
  return kLocalHeaderSize + entry.name.size() + kStoredBlockHeaderSize + head.size();
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
      static_cast<std::uint32_t>(kStoredBlockHeaderSize + head.size() + stream.compressed_size);
}

/// Has zlib compress what it was given to read, and hands its output to the sink.
void run_deflate(DeflateStream& deflated, int flush) noexcept {
  z_stream& stream = deflated.stream;
  const Sink& sink = deflated.sink;
  do {
    char* const out = sink.reserve(sink.state, kPieceSize);
    stream.next_out = reinterpret_cast<Bytef*>(out);
    stream.avail_out = kPieceSize;
    deflate(&stream, flush);
    const std::size_t written = kPieceSize - stream.avail_out;
    deflated.compressed_size += written;
    sink.commit(sink.state, out + written);
  } while (stream.avail_out == 0);
}

voidpf allocate(voidpf allocator, uInt items, uInt size) noexcept {
  const Allocator& from = *static_cast<const Allocator*>(allocator);
  return from.allocate(from.state, std::size_t{items} * size);
}

void release(voidpf allocator, voidpf memory) noexcept {
  const Allocator& to = *static_cast<const Allocator*>(allocator);
  to.release(to.state, memory);
}

}  // namespace

bool begin_stream(DeflateStream& stream, Sink sink, Allocator allocator, int level) noexcept {
  constexpr int kRawDeflate = -15;  // the largest window, without zlib's own header and trailer
  constexpr int kMemoryLevel = 8;
  stream = {};
  stream.sink = sink;
  stream.allocator = allocator;
  stream.stream.zalloc = allocate;
  stream.stream.zfree = release;
  stream.stream.opaque = &stream.allocator;
  return deflateInit2(&stream.stream, level, Z_DEFLATED, kRawDeflate, kMemoryLevel,
                      Z_DEFAULT_STRATEGY) == Z_OK;
}

void add_to_stream(DeflateStream& stream, std::string_view bytes) noexcept {
  stream.checksum =
      static_cast<std::uint32_t>(crc32_z(stream.checksum, zlib_bytes(bytes), bytes.size()));
  stream.size += bytes.size();
  stream.stream.next_in = zlib_bytes(bytes);
  stream.stream.avail_in = static_cast<uInt>(bytes.size());
  run_deflate(stream, Z_NO_FLUSH);
}

void end_stream(DeflateStream& stream) noexcept {
  run_deflate(stream, Z_FINISH);
  deflateEnd(&stream.stream);
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
