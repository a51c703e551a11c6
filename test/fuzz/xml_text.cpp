// Any bytes as text of a workbook: within the bound, well-formed XML, and read back as they were
// but for what cannot be kept; cut to any length between characters.
#include "core/xlsx/xml_text.hpp"

#include "core/utf8.hpp"
#include "../unit/text_oracle.hpp"
#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

void check_escapes(std::string_view text) {
  const LoneText copy{text};
  const std::string xml = written_within(core::xml_text_bound(text.size()), [&](char* out) {
    return core::write_xml_text(out, copy.view());
  });
  const auto parsed = parsed_xml(xml);
  expect(parsed.has_value(), "the XML is well-formed");
  expect(unescaped(*parsed) == kept(text), "the text is read back");
}

void check_cut(std::string_view text, std::size_t maximum) {
  const LoneText copy{text};
  const std::string_view cut = core::first_units(copy.view(), maximum);
  const std::u32string all = code_points(text);
  const std::u32string first = code_points(cut);
  expect(text.starts_with(cut) && all.starts_with(first), "it begins as the text, in characters");
  expect(units(first) <= maximum, "it is no longer than it may be");
  expect(first.size() == all.size() || units(all.substr(0, first.size() + 1)) > maximum,
         "another character would be too much");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace export_leads;
  test::FuzzInput input{data, size};
  const std::size_t maximum = input.take<std::uint8_t>();
  const std::string_view text = input.take_rest();
  test::check_escapes(text);
  test::check_cut(text, maximum);
  return 0;
}
