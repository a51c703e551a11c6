// Any bytes as a cell's text, also so often that it is too long: no carriage return is left, all
// else stays up to where it is cut, and its lines and headers are told by the same rule.
#include "core/xlsx/cell_text.hpp"

#include <array>

#include "core/header.hpp"
#include "core/xlsx/decimal.hpp"
#include "../unit/text_oracle.hpp"
#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

std::string folded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    result += text[i] == '\r' ? '\n' : text[i];
  }
  return result;
}

void check_text(std::string_view text) {
  const LoneText copy{text};
  const std::string whole = folded(text);
  static std::array<char, core::kCellTextScratchSize> scratch;
  const core::CellText cell = core::fit_cell_text(scratch.data(), copy.view());
  const std::u32string characters = code_points(whole);
  expect(cell.is_cut == (units(characters) > core::kCellTextMaximum), "too long is what it was");
  if (!cell.is_cut) return expect(cell.text == whole, "what fits is as it was");
  expect(cell.text.ends_with(core::kCutMark), "what is cut has its mark");
  const std::string_view kept = cell.text.substr(0, cell.text.size() - core::kCutMark.size());
  const std::u32string first = code_points(kept);
  expect(whole.starts_with(kept) && characters.starts_with(first), "it begins as it did");
  expect(units(first) < core::kCellTextMaximum, "there is room for the mark");
  expect(units(characters.substr(0, first.size() + 1)) >= core::kCellTextMaximum,
         "another character would be too much");
}

void check_lines(std::string_view text) {
  const std::string whole = folded(text);
  expect(core::count_lines(text) ==
             static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n')) + 1,
         "a line ends where a line feed is");
  expect(core::are_same_headers(text, whole), "a header is the same however its lines end");
  expect(!core::are_same_headers(text, whole + "\n"), "and another with one line more");
}

void check_decimal(std::string_view text) {
  const std::string_view exact = core::exact_decimal(text);
  expect(text.starts_with(exact) && exact.size() <= core::kDecimalBound,
         "a number is the beginning of its text");
  expect(core::exact_decimal(exact) == exact, "and the same again");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace export_leads;
  test::FuzzInput input{data, size};
  const std::size_t times =
      input.take<std::uint8_t>() % 64 == 0 ? 1 + 33'000 / std::max(size, std::size_t{1}) : 1;
  const std::string_view text = input.take_rest();
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  test::check_text(repeated);
  test::check_lines(text);
  test::check_decimal(text);
  return 0;
}
