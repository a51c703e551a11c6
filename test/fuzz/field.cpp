// One field, any bytes, in every dialect: it fills no more than its bound, is read back as it was
// but for apostrophes, and is nothing that a spreadsheet would run.
#include "core/csv/field.hpp"

#include "../unit/rfc4180_reader.hpp"
#include "formula_rule.hpp"
#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

using core::Dialect;
using core::FormulaGuard;

std::string written(std::string_view field, Dialect dialect) {
  const LoneText copy{field};
  const std::size_t bound = core::field_bound(field.size());
  return written_within(bound,
                        [&](char* out) { return core::write_field(out, copy.view(), dialect); });
}

/// The field that the text is read as.
std::string read(const std::string& text, char delimiter) {
  const auto records = Rfc4180Reader{text + "\r\n", delimiter}.read();
  expect(records && records->size() == 1 && records->front().size() == 1, "one field is read");
  return records->front().front();
}

bool needs_quotes(std::string_view field, char delimiter) {
  return field.find(delimiter) != std::string_view::npos ||
         field.find_first_of("\"\r\n") != std::string_view::npos;
}

void check_unguarded(std::string_view field, char delimiter) {
  const std::string text = written(field, {FormulaGuard::off, delimiter});
  expect(read(text, delimiter) == field, "a field is read back");
  expect(text.starts_with('"') == needs_quotes(field, delimiter),
         "quotes are where CSV needs them");
}

void check_guarded(std::string_view field, char delimiter) {
  const bool runs = may_run(field);
  const bool runs_when_split = may_run_when_split(field);
  expect(core::is_formula(field) == runs, "is_formula() is the rule");
  expect(core::holds_split_formula(field) == runs_when_split, "holds_split_formula() is the rule");

  const std::string text = written(field, {FormulaGuard::on, delimiter});
  const bool is_quoted = text.starts_with('"');
  const std::string cell = read(text, delimiter);
  expect(cell == (runs ? "'" : "") + std::string{field}, "a guarded field is read back");
  expect(!may_run(cell), "no reader gets a formula");
  expect(is_quoted == (needs_quotes(field, delimiter) || runs_when_split),
         "quotes are where a rule says so");
}

void check_strictly_guarded(std::string_view field, char delimiter) {
  const bool runs_or_counts = may_run_or_count(field);
  expect(core::is_formula_or_number(field) == runs_or_counts, "is_formula_or_number() is the rule");

  const std::string text = written(field, {FormulaGuard::strict, delimiter});
  const std::string cell = read(text, delimiter);
  expect(text.starts_with('"'), "every field is quoted");
  expect(cell == strictly_guarded(field), "a strictly guarded field is read back");
  expect(!may_run_or_count(cell), "no reader gets a formula or a number with a sign");
  expect(!may_run_for_some_reader(text), "nor does one that splits elsewhere or minds no quotes");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field = export_leads::test::FuzzInput{data, size}.take_rest();
  for (const char delimiter : {',', ';', '\t'}) {
    export_leads::test::check_unguarded(field, delimiter);
    export_leads::test::check_guarded(field, delimiter);
    export_leads::test::check_strictly_guarded(field, delimiter);
  }
  return 0;
}
