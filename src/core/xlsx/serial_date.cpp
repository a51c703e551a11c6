// Computes serial numbers with integers alone: text of doubles needs a run-time library, and the
// core has none.
#include "core/xlsx/serial_date.hpp"

#include "core/integer.hpp"
#include "core/timestamp.hpp"

namespace export_leads::core {
namespace {

constexpr std::int64_t kSerialOf2000 = 36'526;      // 2000-01-01
constexpr std::int64_t kSerialOfMarch1900 = 61;     // 1900-03-01
constexpr std::int64_t kSerialOf10000 = 2'958'466;  // 10000-01-01

constexpr std::int64_t microseconds_of(std::int64_t serial) noexcept {
  return (serial - kSerialOf2000) * kMicrosecondsPerDay;
}

}  // namespace

bool has_serial_date(std::int64_t microseconds) noexcept {
  return microseconds >= microseconds_of(kSerialOfMarch1900) &&
         microseconds < microseconds_of(kSerialOf10000);
}

bool has_serial_day(std::int32_t days) noexcept {
  return serial_day(days) >= kSerialOfMarch1900 && serial_day(days) < kSerialOf10000;
}

std::int64_t serial_day(std::int32_t days) noexcept { return days + kSerialOf2000; }

char* write_serial_date(char* out, std::int64_t microseconds) noexcept {
  const std::int64_t from_zero = microseconds - microseconds_of(0);
  const std::int64_t time = from_zero % kMicrosecondsPerDay;
  out = write_integer(out, from_zero / kMicrosecondsPerDay);
  if (time == 0) return out;
  // Rounded to twelve decimals: a microsecond is 10^12 / 86,400,000,000 = 625 / 54 units of the
  // twelfth.
  const auto decimals = static_cast<std::uint64_t>((time * 625 + 27) / 54);
  *out++ = '.';
  out = write_padded<6>(out, static_cast<std::uint32_t>(decimals / 1'000'000));
  out = write_padded<6>(out, static_cast<std::uint32_t>(decimals % 1'000'000));
  while (out[-1] == '0') --out;
  return out;
}

}  // namespace export_leads::core
