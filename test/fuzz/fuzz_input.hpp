// What every fuzzer needs: values out of the fuzzer's bytes, memory in which a byte too far is
// noticed, and a way to give up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace export_leads::test {

/// Ends the fuzzer, which then shows and keeps the input, unless `holds`.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Takes values from the front of the fuzzer's bytes. Past their end there are zeros.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  template <typename Integer>
  Integer take() {
    Integer value = 0;
    rest_.remove_prefix(rest_.copy(reinterpret_cast<char*>(&value), sizeof(value)));
    return value;
  }

  /// What is before the next zero byte, which no text in PostgreSQL holds.
  std::string_view take_text() {
    const std::size_t size = std::min(rest_.find('\0'), rest_.size());
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(std::min(size + 1, rest_.size()));
    return text;
  }

  /// Everything that is left.
  std::string_view take_rest() {
    const std::string_view rest = rest_;
    rest_ = {};
    return rest;
  }

  bool is_empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// A copy of a text alone on the heap, so that the address sanitizer sees a byte read beside it.
class LoneText {
 public:
  explicit LoneText(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// What `write`, which is given where to write and returns one past the end, writes into exactly
/// `bound` bytes, behind which a canary lives.
template <typename Write>
std::string written_within(std::size_t bound, Write write) {
  constexpr std::string_view kCanary = "canary";
  const auto out = std::make_unique<char[]>(bound + kCanary.size());
  std::copy(kCanary.begin(), kCanary.end(), out.get() + bound);
  char* end = write(out.get());
  expect(std::string_view(out.get() + bound, kCanary.size()) == kCanary, "the canary lives");
  expect(end >= out.get() && end <= out.get() + bound, "the end is within the bound");
  return {out.get(), end};
}

}  // namespace export_leads::test
