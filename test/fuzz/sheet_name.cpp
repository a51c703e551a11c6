// A sheet's name from any label: one that Excel takes, and the label's own where it can be.
#include "core/xlsx/sheet_name.hpp"

#include "../unit/text_oracle.hpp"
#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

bool is_forbidden(char32_t code) {
  return code < 0x20 || code == 0x7F || code == 0xFFFE || code == 0xFFFF ||
         std::u32string_view{U"[]:*?/\\"}.find(code) != std::u32string_view::npos;
}

bool is_history(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name == "history";
}

void check_name(std::string_view label) {
  const LoneText copy{label};
  const std::string name = written_within(
      core::kSheetNameBound, [&](char* out) { return core::write_sheet_name(out, copy.view()); });
  const std::u32string codes = code_points(name);
  expect(!codes.empty() && units(codes) <= 31, "Excel takes its length");
  expect(std::none_of(codes.begin(), codes.end(), is_forbidden), "Excel takes its characters");
  expect(name.front() != '\'' && name.back() != '\'', "no apostrophe is around it");
  expect(!is_history(name), "it is not reserved");

  const std::u32string label_codes = code_points(label);
  const bool is_fine = !label.empty() && units(label_codes) <= 31 &&
                       !is_history(std::string{label}) &&
                       std::none_of(label_codes.begin(), label_codes.end(), is_forbidden) &&
                       label_codes.find(0xFFFD) == std::u32string::npos &&
                       std::string_view{" '"}.find(label.front()) == std::string_view::npos &&
                       std::string_view{" '"}.find(label.back()) == std::string_view::npos;
  expect(!is_fine || name == label, "a label that is a name is kept");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  export_leads::test::check_name(export_leads::test::FuzzInput{data, size}.take_rest());
  return 0;
}
