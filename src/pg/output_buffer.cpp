// Grows the output in place, up to what one value can hold.
#include "pg/output_buffer.hpp"

namespace export_leads {
namespace {

constexpr std::size_t kFirstCapacity = 8192;

[[noreturn]] void raise_too_large() {
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the export is larger than 1 GB"),
                  errdetail("A single value in PostgreSQL holds at most 1 GB."),
                  errhint("Export a status with fewer leads, or archive some of these.")));
  pg_unreachable();
}

}  // namespace

OutputBuffer make_output_buffer() {
  return {static_cast<char*>(palloc(kFirstCapacity)), VARHDRSZ, kFirstCapacity};
}

char* reserve(OutputBuffer& buffer, std::size_t size) {
  if (size > buffer.capacity - buffer.used) {
    if (!can_hold(buffer, size)) raise_too_large();
    const std::size_t needed = buffer.used + size;
    const std::size_t doubled = Min(buffer.capacity * 2, MaxAllocSize);
    buffer.capacity = Max(doubled, needed);
    buffer.value = static_cast<char*>(repalloc(buffer.value, buffer.capacity));
  }
  return buffer.value + buffer.used;
}

Datum finish(OutputBuffer& buffer) {
  SET_VARSIZE(buffer.value, buffer.used);
  return PointerGetDatum(buffer.value);
}

}  // namespace export_leads
