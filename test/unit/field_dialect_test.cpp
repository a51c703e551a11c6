// What a dialect changes of a CSV field: the delimiter, and the strict guard.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv/field.hpp"
#include "../fuzz/formula_rule.hpp"
#include "random_cell.hpp"
#include "rfc4180_reader.hpp"
#include "written_field.hpp"

namespace export_leads::test {
namespace {

using core::Dialect;
using core::FormulaGuard;

constexpr auto kDelimiters = std::to_array({',', ';', '\t'});
constexpr auto kGuards = std::to_array({FormulaGuard::off, FormulaGuard::on, FormulaGuard::strict});

std::string strict(std::string_view field, char delimiter = ',') {
  return written_field(field, {FormulaGuard::strict, delimiter});
}

std::string in_quotes(std::string_view field) { return '"' + std::string{field} + '"'; }

/// What a reader should get of a field.
std::string guarded(const std::string& field, FormulaGuard guard) {
  if (guard == FormulaGuard::strict) return strictly_guarded(field);
  return (guard == FormulaGuard::on && core::is_formula(field) ? "'" : "") + field;
}

TEST(FieldDialect, IsACommaUnlessTold) { EXPECT_EQ(Dialect{}.delimiter, ','); }

TEST(FieldDialect, QuotesForItsOwnDelimiterAlone) {
  for (const char delimiter : kDelimiters) {
    for (const char other : kDelimiters) {
      // Every way to load less than a block, some blocks, and every place in them.
      for (std::size_t size = 1; size <= 64; ++size) {
        for (std::size_t position = 0; position < size; ++position) {
          std::string field(size, 'x');
          field[position] = other;
          const std::string text = written_field(field, {FormulaGuard::off, delimiter});
          ASSERT_EQ(text, other == delimiter ? in_quotes(field) : field)
              << position << " of " << size;
        }
      }
    }
  }
}

TEST(FieldDialect, QuotesForQuotesAndLineEndsWhateverTheDelimiter) {
  for (const char delimiter : kDelimiters) {
    const Dialect dialect{FormulaGuard::on, delimiter};
    EXPECT_EQ(written_field("a\nb", dialect), "\"a\nb\"");
    EXPECT_EQ(written_field("a\rb", dialect), "\"a\rb\"");
    EXPECT_EQ(written_field("a\"b", dialect), "\"a\"\"b\"");
    EXPECT_EQ(written_field("a|b", dialect), "a|b");
  }
}

TEST(FieldDialect, GuardsAgainstEverySplitWhateverTheDelimiter) {
  for (const char delimiter : kDelimiters) {
    const Dialect dialect{FormulaGuard::on, delimiter};
    for (const char* field : {"a,=1", "a;=1", "a\t=1", "a|=1", "a longer text than a block,-1"}) {
      EXPECT_EQ(written_field(field, dialect), in_quotes(field)) << delimiter;
    }
    EXPECT_EQ(written_field("=1", dialect), "'=1");
    EXPECT_EQ(written_field("+972501234567", dialect), "+972501234567");
  }
}

TEST(FieldStrictGuard, QuotesEveryField) {
  for (const char* field : {"a", "new", "שלום", "5", "5.5", "a b", " ", "'", "2025-12-23", "a,b"}) {
    EXPECT_EQ(strict(field), in_quotes(field));
    EXPECT_EQ(strict(field, ';'), in_quotes(field));
    EXPECT_EQ(strict(field, '\t'), in_quotes(field));
  }
  EXPECT_EQ(strict("say \"hi\""), "\"say \"\"hi\"\"\"");
}

TEST(FieldStrictGuard, QuotesEvenNothing) { EXPECT_EQ(strict(""), "\"\""); }

// An SQL NULL is a view of nothing, whose null pointer no library function may be given.
TEST(FieldStrictGuard, QuotesWhatHasNoAddress) {
  std::array<char, core::field_bound(0)> out{};
  char* end = core::write_field(out.data(), {}, {FormulaGuard::strict, ','});
  EXPECT_EQ(std::string_view(out.data(), end), "\"\"");
}

TEST(FieldStrictGuard, TakesNumbersWithASignForFormulas) {
  for (const char* field : {"+972501234567", "-5.5", "-5", "+0", "=1", "@x", " -5", "\t5", "＋5"}) {
    EXPECT_EQ(strict(field), in_quotes(std::string{"'"} + field));
  }
}

TEST(FieldStrictGuard, PutsAnApostropheWhereOtherReadersBeginACell) {
  struct Example {
    std::string_view field;
    std::string_view read;
  };
  for (const auto& [field, read] : std::to_array<Example>({
           {"x;=1+1;y", "x;'=1+1;y"},
           {"x,=1+1", "x,'=1+1"},
           {"x\t=1+1", "x\t'=1+1"},
           {"x|=1+1", "x|'=1+1"},
           {"x\n=1+1;y", "x\n'=1+1;y"},
           {"x\r=1+1", "x\r'=1+1"},
           {"x\r\n=1+1", "x\r\n'=1+1"},
           {"x\u2028=1+1", "x\u2028'=1+1"},
           {"x; =1+1", "x; '=1+1"},
           {"x;\u3000＝1", "x;\u3000'＝1"},
           {"x;-5", "x;'-5"},
           {"=1;=2,+3|@4", "'=1;'=2,'+3|'@4"},
           {"\t=1", "'\t'=1"},
           {"\n-5", "'\n'-5"},
           {" =1", "' =1"},
           {";=1", ";'=1"},
           {";;\t|=1", ";;\t|'=1"},
           {"- one\n- two", "'- one\n'- two"},
           {"x;==1", "x;'==1"},
           {"a=1;b-2, c+3", "a=1;b-2, c+3"},
           {"x;'=1", "x;'=1"},
       })) {
    for (const char delimiter : kDelimiters) {
      EXPECT_EQ(strict(field, delimiter), in_quotes(read));
    }
  }
}

// Behind a separator that the file does not mean, a doubled quote opens a field and closes it.
TEST(FieldStrictGuard, SeesAFormulaBehindQuotes) {
  EXPECT_EQ(strict("x;\"=1+1\""), "\"x;\"\"'=1+1\"\"\"");
  EXPECT_EQ(strict("x;\" =1+1&\""), "\"x;\"\" '=1+1&\"\"\"");
  EXPECT_EQ(strict("\"=1+1\""), "\"\"\"'=1+1\"\"\"");
}

TEST(FieldStrictGuard, LeavesNoFormulaToReadersThatSplitElsewhere) {
  RandomCells cells{1987};
  for (int i = 0; i < 50'000; ++i) {
    const char delimiter = kDelimiters.at(cells.pick(kDelimiters.size()));
    std::string file = strict(cells.next(), delimiter);
    file += delimiter + strict(cells.next(), delimiter);
    ASSERT_FALSE(may_run_for_some_reader(file)) << testing::PrintToString(file);
  }
}

TEST(FieldStrictGuard, KeepsToTheBound) {
  const std::string worst = "=" + std::string(50, '"');
  EXPECT_EQ(strict(worst).size(), core::field_bound(worst.size()) - 1) << "its '=' is not doubled";
  std::string formulas;
  while (formulas.size() < 1000) formulas += ";=";
  EXPECT_EQ(strict(formulas).size(), 2 + 1500U);
  std::string quoted_formulas = "\t";
  while (quoted_formulas.size() < 1000) quoted_formulas += ";\"=";
  EXPECT_LE(strict(quoted_formulas).size(), core::field_bound(quoted_formulas.size()));
}

TEST(FieldStrictGuard, TakesTimeInProportion) {
  std::string worst;
  while (worst.size() < 6'000'000) worst += ";=\t";
  EXPECT_EQ(strict(worst).size(), 8'000'002U);
}

TEST(FieldDialect, ReadsBackAsItWas) {
  RandomCells cells{9241};
  for (int i = 0; i < 20'000; ++i) {
    const char delimiter = kDelimiters.at(cells.pick(kDelimiters.size()));
    const FormulaGuard guard = kGuards.at(cells.pick(kGuards.size()));
    std::string file;
    std::vector<Record> expected;
    for (std::size_t records = cells.pick(4); records > 0; --records) {
      Record& fields = expected.emplace_back();
      for (std::size_t count = 2 + cells.pick(5); count > 0; --count) {
        const std::string field = cells.next();
        if (!fields.empty()) file += delimiter;
        file += written_field(field, {guard, delimiter});
        fields.push_back(guarded(field, guard));
      }
      file.append(core::kRecordEnd);
    }
    const auto read = Rfc4180Reader{file, delimiter}.read();
    ASSERT_TRUE(read.has_value()) << testing::PrintToString(file);
    ASSERT_EQ(*read, expected) << testing::PrintToString(file);
  }
}

TEST(FieldStrictGuard, LeavesNoFormulaToReaders) {
  RandomCells cells{1985};
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = strict(cells.next(), ';');
    const auto records = Rfc4180Reader{text + "\r\n", ';'}.read();
    ASSERT_TRUE(records.has_value());
    ASSERT_TRUE(text.starts_with('"')) << testing::PrintToString(text);
    ASSERT_FALSE(core::is_formula_or_number(records->front().front()))
        << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace export_leads::test
