// CSV fields, by example, as Python's csv.writer wrote them, and read back by a reader of our own.
#include "core/csv/field.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "random_cell.hpp"
#include "rfc4180_reader.hpp"
#include "written_field.hpp"

namespace export_leads::test {
namespace {

using core::Dialect;
using core::FormulaGuard;

constexpr Dialect kGuarded{.formula_guard = FormulaGuard::on};
constexpr Dialect kUnguarded{.formula_guard = FormulaGuard::off};

std::string written(std::string_view field, Dialect dialect = kGuarded) {
  return written_field(field, dialect);
}

std::string in_quotes(std::string_view field) { return '"' + std::string{field} + '"'; }

struct Example {
  std::string_view field;
  std::string_view written;
};

TEST(Field, LeavesPlainFields) {
  for (const char* field : {"", "a", "new", "שלום עולם", "צ׳רלי", "ג'ורג'", "a b", " a ", "'",
                            "a;b", "a|b", "a\tb", "+972501234567", "-5.5", "2025-12-23T10:11:12"}) {
    EXPECT_EQ(written(field), field);
    EXPECT_EQ(written(field, kUnguarded), field);
  }
}

TEST(Field, QuotesWhereCsvNeedsIt) {
  for (const Example& example : std::to_array<Example>({
           {"a,b", "\"a,b\""},
           {"\"", "\"\"\"\""},
           {"say \"hi\"", "\"say \"\"hi\"\"\""},
           {"a\rb", "\"a\rb\""},
           {"a\nb", "\"a\nb\""},
           {"a\r\nb", "\"a\r\nb\""},
           {"חברה בע\"מ", "\"חברה בע\"\"מ\""},
       })) {
    EXPECT_EQ(written(example.field), example.written);
    EXPECT_EQ(written(example.field, kUnguarded), example.written);
  }
}

TEST(Field, PutsAnApostropheBeforeFormulas) {
  for (const Example& example : std::to_array<Example>({
           {"=1+2", "'=1+2"},
           {"=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"},
           {"+1+1", "'+1+1"},
           {"-x", "'-x"},
           {"@SUM(1)", "'@SUM(1)"},
           {"＝1+2", "'＝1+2"},
           {"\u00A0=1", "'\u00A0=1"},
           {"\ta", "'\ta"},
           {"-5\n", "\"'-5\n\""},
           {"\nshalom", "\"'\nshalom\""},
           {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
       })) {
    EXPECT_EQ(written(example.field), example.written);
  }
}

TEST(Field, QuotesFormulasBehindOtherSeparators) {
  for (const Example& example : std::to_array<Example>({
           {"a;=1+2", "\"a;=1+2\""},
           {"a\";=1+2", "\"a\"\";=1+2\""},
           {"a\t@x", "\"a\t@x\""},
           {"a| -5", "\"a| -5\""},
           {"=a;=b", "\"'=a;=b\""},
           {"\t=1", "\"'\t=1\""},
           {"שם;＋1", "\"שם;＋1\""},
       })) {
    EXPECT_EQ(written(example.field), example.written);
  }
}

TEST(Field, WritesPythonsBytesWithTheGuardOff) {
  for (const Example& example : std::to_array<Example>({
           {"=1+2", "=1+2"},
           {"-5\n", "\"-5\n\""},
           {"@SUM(1)", "@SUM(1)"},
           {"a;=1+2", "a;=1+2"},
           {"\t=1", "\t=1"},
           {"=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"},
           {"a\";=1+2", "\"a\"\";=1+2\""},
           {"a\\b", "a\\b"},
           {"it's", "it's"},
           {" a,", "\" a,\""},
           {"ג׳ון, \"הגדול\"", "\"ג׳ון, \"\"הגדול\"\"\""},
           {"\u00A0=1", "\u00A0=1"},
           {"\u2028", "\u2028"},
           {"=\r\n+", "\"=\r\n+\""},
           {"','", "\"','\""},
           {"\"\"", "\"\"\"\"\"\""},
           {"#N/A", "#N/A"},
           {"a\vb", "a\vb"},
       })) {
    EXPECT_EQ(written(example.field, kUnguarded), example.written);
  }
}

TEST(Field, BeginsWithAByteOrderMarkAndEndsRecordsWithCrlf) {
  EXPECT_EQ(core::kByteOrderMark, "\uFEFF");
  EXPECT_EQ(core::kRecordEnd, "\r\n");
}

TEST(Field, GuardsUnlessTold) { EXPECT_EQ(written("=1", Dialect{}), "'=1"); }

TEST(Field, TakesAViewOfNothing) {
  std::array<char, 3> out{};
  EXPECT_EQ(core::write_field(out.data(), {}, kGuarded), out.data());
}

TEST(Field, BoundIsReached) {
  const std::string worst = "=" + std::string(50, '"');
  EXPECT_EQ(written(worst).size(), core::field_bound(worst.size()) - 1) << "its '=' is not doubled";
  static_assert(core::field_bound(0) == 3);
}

TEST(Field, SeesASpecialByteWhereverItStands) {
  for (std::size_t size = 1; size <= 70; ++size) {
    for (std::size_t position = 0; position < size; ++position) {
      std::string field(size, 'x');
      for (const char special : {',', '\r', '\n'}) {
        field[position] = special;
        ASSERT_EQ(written(field, kUnguarded), in_quotes(field)) << position << " of " << size;
      }
      field[position] = '"';
      std::string doubled = field;
      doubled.insert(position, 1, '"');
      ASSERT_EQ(written(field, kUnguarded), in_quotes(doubled)) << position << " of " << size;
      if (position + 1 == size) continue;
      for (const char separator : {';', '\t', '|'}) {
        field[position] = separator;
        field[position + 1] = '=';
        const bool leading_tab = position == 0 && separator == '\t';
        ASSERT_EQ(written(field), in_quotes((leading_tab ? "'" : "") + field))
            << position << " of " << size;
        ASSERT_EQ(written(field, kUnguarded), field) << position << " of " << size;
      }
    }
  }
}

TEST(Field, LeavesEveryOtherByteUnquoted) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<char>(code);
    if (std::string_view{",\"\r\n"}.find(byte) != std::string_view::npos) continue;
    for (const std::size_t size : {1U, 15U, 16U, 40U}) {
      const std::string field(size, byte);
      ASSERT_EQ(written(field, kUnguarded), field) << code;
    }
  }
}

/// A record of `fields` as a caller writes it.
std::string written_record(const std::vector<std::string>& fields, Dialect dialect) {
  std::string record;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) record += ',';
    record += written(field, dialect);
  }
  return record.append(core::kRecordEnd);
}

TEST(Field, ReadsBackAsItWas) {
  RandomCells cells{2005};
  for (int i = 0; i < 20'000; ++i) {
    const bool guarded = cells.pick(2) == 0;
    std::string file;
    std::vector<Record> expected;
    for (std::size_t records = cells.pick(4); records > 0; --records) {
      Record fields;
      for (std::size_t count = 1 + cells.pick(5); count > 0; --count) {
        fields.push_back(cells.next());
      }
      file += written_record(fields, guarded ? kGuarded : kUnguarded);
      for (std::string& field : fields) {
        if (guarded && core::is_formula(field)) field.insert(0, 1, '\'');
      }
      expected.push_back(std::move(fields));
    }
    const auto read = Rfc4180Reader{file}.read();
    ASSERT_TRUE(read.has_value()) << testing::PrintToString(file);
    ASSERT_EQ(*read, expected) << testing::PrintToString(file);
  }
}

TEST(Field, LeavesNoFormulaToReaders) {
  RandomCells cells{1983};
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = written(cells.next());
    const auto records = Rfc4180Reader{text + "\r\n"}.read();
    ASSERT_TRUE(records.has_value());
    ASSERT_FALSE(core::is_formula(records->front().front())) << testing::PrintToString(text);
    if (!text.starts_with('"')) {
      ASSERT_FALSE(core::holds_split_formula(text)) << testing::PrintToString(text);
    }
  }
}

TEST(Field, QuotesNothingElse) {
  RandomCells cells{31};
  for (int i = 0; i < 100'000; ++i) {
    const std::string field = cells.next();
    const bool minimal = field.find_first_of(",\"\r\n") != std::string::npos;
    ASSERT_EQ(written(field, kUnguarded).starts_with('"'), minimal)
        << testing::PrintToString(field);
    ASSERT_EQ(written(field).starts_with('"'), minimal || core::holds_split_formula(field))
        << testing::PrintToString(field);
  }
}

TEST(Field, SurvivesMalformedUtf8) {
  RandomCells cells{8};
  for (int i = 0; i < 100'000; ++i) {
    const std::string field = cells.next_malformed();
    written(field);
    const auto records = Rfc4180Reader{written(field, kUnguarded) + "\r\n"}.read();
    ASSERT_TRUE(records.has_value());
    ASSERT_EQ(records->front().front(), field);
  }
}

}  // namespace
}  // namespace export_leads::test
