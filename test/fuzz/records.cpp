// Records of several fields in one of the dialects, as an export joins them: a reader finds as many
// records, as many fields in each, and in every field what was written; and where the guard is
// strict, no reader of whatever kind finds a formula.
#include <array>
#include <vector>

#include "core/csv/field.hpp"
#include "../unit/rfc4180_reader.hpp"
#include "formula_rule.hpp"
#include "fuzz_input.hpp"

namespace export_leads::test {
namespace {

using core::Dialect;
using core::FormulaGuard;

void append(std::string& file, std::string_view field, Dialect dialect) {
  file += written_within(core::field_bound(field.size()),
                         [&](char* out) { return core::write_field(out, field, dialect); });
}

/// What a reader should get of a field.
std::string expected_cell(std::string_view field, Dialect dialect) {
  if (dialect.formula_guard == FormulaGuard::strict) return strictly_guarded(field);
  const bool guarded = dialect.formula_guard == FormulaGuard::on && may_run(field);
  return (guarded ? "'" : "") + std::string{field};
}

void check_file(FuzzInput input) {
  constexpr std::array kGuards{FormulaGuard::on, FormulaGuard::off, FormulaGuard::strict};
  constexpr std::array kDelimiters{',', ';', '\t'};
  const auto shape = input.take<std::uint8_t>();
  const Dialect dialect{kGuards.at(shape % 3), kDelimiters.at(shape / 3 % 3)};
  const std::size_t columns = 1 + shape / 9 % 11;

  std::string file;
  std::vector<Record> expected;
  while (!input.is_empty()) {
    Record& record = expected.emplace_back();
    while (record.size() < columns) {
      const std::string_view field = input.take_text();
      if (!record.empty()) file += dialect.delimiter;
      append(file, field, dialect);
      record.push_back(expected_cell(field, dialect));
    }
    file += core::kRecordEnd;
  }
  expect((Rfc4180Reader{file, dialect.delimiter}.read()) == expected, "a file is read back");
  expect(dialect.formula_guard != FormulaGuard::strict || !may_run_for_some_reader(file),
         "no reader gets a formula");
}

}  // namespace
}  // namespace export_leads::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  export_leads::test::check_file({data, size});
  return 0;
}
