// Bytes that repeat at any distance, in any pieces: compressed within the bound and read back by
// zlib.
#include "core/deflate.hpp"

#include <algorithm>
#include <string>
#include <string_view>

// zlib then takes what it reads as const.
#define ZLIB_CONST
#include <zlib.h>

#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

/// What the input says: a byte as it is, or a run of what stands so far back.
std::string expanded(FuzzInput& input) {
  std::string text;
  while (!input.is_empty() && text.size() < 200'000) {
    const std::size_t size = std::size_t{input.take<std::uint8_t>()} * 4;
    const std::size_t distance = std::size_t{input.take<std::uint16_t>()} + 1;
    text += static_cast<char>(input.take<std::uint8_t>());
    for (std::size_t i = 0; i < size && distance <= text.size(); ++i)
      text += text[text.size() - distance];
  }
  return text;
}

std::string deflated(std::string_view text, std::size_t piece) {
  const auto deflater = std::make_unique<core::Deflater>();
  core::begin_deflate(*deflater);
  std::string all;
  std::size_t at = 0;
  do {
    const std::size_t history = std::min(at, core::kDeflateWindow);
    const std::size_t size = std::min(piece, text.size() - at);
    const LoneText window{text.substr(at - history, history + size)};
    at += size;
    all += written_within(core::deflate_bound(size), [&](char* out) {
      return core::write_deflated(*deflater, out, history, window.view().substr(history),
                                  at == text.size());
    });
  } while (at < text.size());
  return all;
}

bool is_read_back(std::string_view bytes, std::string_view text) {
  std::string content(text.size(), '\0');
  z_stream stream{};
  inflateInit2(&stream, -15);
  stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_in == 0 && content == text;
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace export_leads;
  test::FuzzInput input{data, size};
  const std::size_t piece = std::size_t{input.take<std::uint16_t>()} + 1;
  const std::string text = test::expanded(input);
  // A stream of many pieces takes long for what it shows.
  const std::string compressed = test::deflated(text, std::max(piece, text.size() / 20 + 1));
  test::expect(test::is_read_back(compressed, text), "zlib reads it back");
  return 0;
}
