// Single bytes as numbers, and runs of bytes copied as they are.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <cstdint>
#include <cstring>
#include <string_view>

namespace export_leads::core {

/// The value of a byte of text, from 0 to 255, whether or not char has a sign.
[[nodiscard]] constexpr std::uint8_t to_byte(char c) noexcept {
  return static_cast<std::uint8_t>(c);
}

/// Writes `bytes` at `out`, which has room for them; returns one past the end.
inline char* write_bytes(char* out, std::string_view bytes) noexcept {
  if (bytes.empty()) return out;
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

}  // namespace export_leads::core
