// A file name for any status and date: fixed parts, of the status only what no header and no
// folder minds, and never more than the bound.
#include "core/filename.hpp"

#include <array>

#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

using core::Date;

constexpr std::string_view kHarmless =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// `value` with at least `width` digits, as printf writes it.
std::string padded(std::int64_t value, int width) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%s%0*lld", value < 0 ? "-" : "", width,
                static_cast<long long>(value < 0 ? -value : value));
  return text.data();
}

std::string harmless(std::string_view status) {
  std::string kept{status};
  std::erase_if(kept, [](char c) { return kHarmless.find(c) == std::string_view::npos; });
  return kept;
}

void check_name(std::string_view status, Date date, std::string_view extension) {
  const LoneText status_copy{status};
  const LoneText extension_copy{extension};
  const std::string name =
      written_within(core::filename_bound(status.size(), extension.size()), [&](char* out) {
        return core::write_filename(out, status_copy.view(), date, extension_copy.view());
      });
  const std::string stem = "outbound_leads_status_" + harmless(status) + "_" +
                           padded(date.year, 4) + "-" + padded(date.month, 2) + "-" +
                           padded(date.day, 2);
  expect(name == stem + "." + std::string{extension}, "the name has its parts");
  expect(stem.find_first_not_of(kHarmless) == std::string::npos, "the name is harmless");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace export_leads;
  test::FuzzInput input{data, size};
  const std::string_view extension = input.take<std::uint8_t>() % 2 == 0 ? "csv" : "xlsx";
  const core::Date date{input.take<std::int32_t>(), input.take<std::int32_t>(),
                        input.take<std::int32_t>()};
  test::check_name(input.take_rest(), date, extension);
  return 0;
}
