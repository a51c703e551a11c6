// Grows the output in place, up to the size limit of a value, or hands it over in pieces.
#include "pg/file/output_buffer.hpp"

extern "C" {
#include <sys/mman.h>
}

namespace export_leads {
namespace {

constexpr std::size_t kFirstCapacity = 8192;

// Memory that is new costs a page fault for each page, a tenth of the time of a large export. Asks
// Linux for large pages; elsewhere, and where it has none, nothing changes. The advice is for whole
// pages, from that of the memory's beginning on: memory of this size mostly has a mapping of its
// own, which advice for a part of it would split, and repalloc() could no longer move it without a
// copy. Where the C library takes it from its heap, that part of the heap keeps the advice.
void ask_for_large_pages([[maybe_unused]] char* memory, [[maybe_unused]] std::size_t size) {
#ifdef MADV_HUGEPAGE
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kLargePage = 2 * 1024 * 1024;
  if (size < 2 * kLargePage) return;
  char* begin = reinterpret_cast<char*>(TYPEALIGN_DOWN(kPage, memory));
  char* end = reinterpret_cast<char*>(TYPEALIGN(kPage, memory + size));
  (void)madvise(begin, static_cast<std::size_t>(end - begin), MADV_HUGEPAGE);
#endif
}

[[noreturn]] void raise_too_large() {
  ereport(ERROR,
          (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the export is larger than 1 GB"),
           errdetail("A single value in PostgreSQL holds at most 1 GB."),
           errhint("Use export_leads_csv_stream(), which returns a CSV in pieces, or narrow the "
                   "export with created_from and created_to.")));
  pg_unreachable();
}

// The size of the next piece, which must not end within a character: in UTF-8 at most three bytes
// follow a character's first byte.
std::size_t piece_size(const char* text, std::size_t size) {
  if (size <= kPieceSize) return size;
  std::size_t end = kPieceSize;
  while (end > kPieceSize - 3 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return end;
}

void give(OutputBuffer& buffer, std::size_t least) {
  const char* text = buffer.value + VARHDRSZ;
  std::size_t left = buffer.used - VARHDRSZ;
  while (left >= least && left > 0) {
    CHECK_FOR_INTERRUPTS();
    const std::size_t size = piece_size(text, left);
    buffer.sink->take(buffer.sink, text, size);
    text += size;
    left -= size;
    buffer.bytes_given += size;
  }
  std::memmove(buffer.value + VARHDRSZ, text, left);
  buffer.used = VARHDRSZ + left;
}

void put_row(PieceSink* self, const char* bytes, std::size_t size) {
  const ReturnSetInfo* set = reinterpret_cast<const SetSink*>(self)->set;
  Datum piece = PointerGetDatum(cstring_to_text_with_len(bytes, static_cast<int>(size)));
  bool is_null = false;
  tuplestore_putvalues(set->setResult, set->setDesc, &piece, &is_null);
  pfree(DatumGetPointer(piece));
}

}  // namespace

SetSink make_set_sink(const ReturnSetInfo* set) { return {{put_row}, set}; }

OutputBuffer make_output_buffer() {
  return {static_cast<char*>(palloc(kFirstCapacity)), VARHDRSZ, kFirstCapacity, nullptr, 0};
}

OutputBuffer make_output_pieces(PieceSink* sink) {
  OutputBuffer buffer = make_output_buffer();
  buffer.sink = sink;
  return buffer;
}

char* reserve(OutputBuffer& buffer, std::size_t size) {
  if (size > buffer.capacity - buffer.used) {
    if (!can_hold(buffer, size)) raise_too_large();
    const std::size_t needed = buffer.used + size;
    const std::size_t doubled = Min(buffer.capacity * 2, MaxAllocSize);
    buffer.capacity = Max(doubled, needed);
    buffer.value = static_cast<char*>(repalloc(buffer.value, buffer.capacity));
    ask_for_large_pages(buffer.value, buffer.capacity);
  }
  return buffer.value + buffer.used;
}

void give_pieces(OutputBuffer& buffer) {
  if (buffer.sink != nullptr && buffer.used - VARHDRSZ >= kPieceSize) give(buffer, kPieceSize);
}

void give_last_piece(OutputBuffer& buffer) { give(buffer, 1); }

Datum finish(OutputBuffer& buffer) {
  SET_VARSIZE(buffer.value, buffer.used);
  return PointerGetDatum(buffer.value);
}

Datum finish_in_row(OutputBuffer& buffer) {
  constexpr std::size_t kRestOfRow = 4096;
  if (!can_hold(buffer, kRestOfRow)) raise_too_large();
  return finish(buffer);
}

}  // namespace export_leads
