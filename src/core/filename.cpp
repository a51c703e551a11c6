// Builds the file name from the status, the date and the extension.
#include "core/filename.hpp"

#include "core/bytes.hpp"
#include "core/integer.hpp"
#include "core/status.hpp"

namespace export_leads::core {
namespace {

char* write_status(char* out, std::string_view status) noexcept {
  for (const char c : status) {
    if (is_status_character(c)) *out++ = c;
  }
  return out;
}

/// Writes at least `width` digits, after a sign where `value` is negative.
template <int width>
char* write_date_part(char* out, std::int32_t value) noexcept {
  auto digits = static_cast<std::uint32_t>(value);
  if (value < 0) {
    *out++ = '-';
    digits = 0U - digits;
  }
  return write_padded<width>(out, digits);
}

}  // namespace

char* write_filename(char* out, std::string_view status, Date date,
                     std::string_view extension) noexcept {
  out = write_bytes(out, kFilenamePrefix);
  out = write_status(out, status);
  *out++ = '_';
  out = write_date_part<4>(out, date.year);
  *out++ = '-';
  out = write_date_part<2>(out, date.month);
  *out++ = '-';
  out = write_date_part<2>(out, date.day);
  *out++ = '.';
  return write_bytes(out, extension);
}

}  // namespace export_leads::core
