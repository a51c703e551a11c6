// What counts as a formula, by example and against the rule written out again.
#include "core/csv/formula_guard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "random_cell.hpp"

namespace export_leads::test {
namespace {

using core::find_exposed_formula;
using core::holds_split_formula;
using core::is_formula;
using core::is_formula_or_number;
using std::string_literals::operator""s;

/// The rule again, in code points, for valid UTF-8 only.
class Reference {
 public:
  static bool is_formula(const std::string& cell) {
    return !is_number(cell) && is_formula_or_number(cell);
  }

  static bool is_formula_or_number(const std::string& cell) {
    if (!cell.empty() && "\t\r\n"s.find(cell[0]) != std::string::npos) return true;
    return begins_as_formula(decode(cell));
  }

  static bool holds_split_formula(const std::string& cell) {
    const std::u32string text = decode(cell);
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool separator =
          text[i] == U',' || text[i] == U';' || text[i] == U'\t' || text[i] == U'|';
      if (separator && begins_as_formula(text.substr(i + 1))) return true;
    }
    return false;
  }

 private:
  static bool is_number(const std::string& cell) {
    const std::size_t sign = cell.starts_with('+') || cell.starts_with('-') ? 1 : 0;
    const std::size_t point = std::min(cell.find('.'), cell.size());
    const auto all_digits = [](const std::string& text) {
      return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    };
    return all_digits(cell.substr(sign, point < sign ? 0 : point - sign)) &&
           (point == cell.size() || all_digits(cell.substr(point + 1)));
  }

  static bool begins_as_formula(const std::u32string& text) {
    static const std::u32string blanks =
        U"\t\n\v\f\r\x1C\x1D\x1E\x1F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
        U"\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";
    static const std::u32string starts = U"=+-@＝＋－＠";
    const std::size_t first = text.find_first_not_of(blanks);
    return first != std::u32string::npos && starts.find(text[first]) != std::u32string::npos;
  }

  static std::u32string decode(const std::string& utf8) {
    std::u32string text;
    for (const char c : utf8) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte & 0xC0U) == 0x80U) {
        text.back() = text.back() << 6 | (byte & 0x3FU);
      } else {
        text += byte < 0x80   ? byte
                : byte < 0xE0 ? byte & 0x1FU
                : byte < 0xF0 ? byte & 0x0FU
                              : byte & 7U;
      }
    }
    return text;
  }
};

std::size_t find_in_cell(std::string_view cell) { return find_exposed_formula(cell, true); }

/// The cell alone on the heap, so that the address sanitizer sees a byte read past its end.
template <typename Rule>
auto ask_alone(Rule rule, std::string_view cell) {
  const auto bytes = std::make_unique<char[]>(cell.size());
  std::copy(cell.begin(), cell.end(), bytes.get());
  return rule(std::string_view{bytes.get(), cell.size()});
}

TEST(FormulaGuard, GuardsWhatASpreadsheetWouldRun) {
  for (const char* cell :
       {"=1+2", "=cmd|'/c calc'!A1", "+1+1", "-x", "@SUM(1)", "=", "+", "-", "@", "--5", "+-5"}) {
    EXPECT_TRUE(is_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, GuardsFullWidthForms) {
  for (const char* cell : {"＝1+2", "＋1", "－5", "＠SUM(1)"}) {
    EXPECT_TRUE(is_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, LooksBehindBlanks) {
  for (const char* blank :
       {" ", "\v", "\f", "\x1C", "\x1F", "\u0085", "\u00A0", "\u1680", "\u2000", "\u200A", "\u2028",
        "\u2029", "\u202F", "\u205F", "\u3000", " \u00A0 \u3000"}) {
    EXPECT_TRUE(is_formula(std::string{blank} + "=1")) << blank;
    EXPECT_TRUE(is_formula(std::string{blank} + "＠A")) << blank;
    EXPECT_TRUE(is_formula(std::string{blank} + "-5")) << "a number is plain as a whole cell only";
    EXPECT_FALSE(is_formula(std::string{blank} + "a=1")) << blank;
    EXPECT_FALSE(is_formula(blank));
  }
}

TEST(FormulaGuard, GuardsALeadingTabOrLineEnd) {
  for (const char* cell : {"\t", "\r", "\n", "\r\nshalom", "\ta", "\n5"}) {
    EXPECT_TRUE(is_formula(cell));
  }
}

TEST(FormulaGuard, LeavesPlainNumbers) {
  for (const char* cell : {"+972501234567", "-5.5", "-5", "+0", "-0.10", "0", "12.50"}) {
    EXPECT_FALSE(is_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, TakesNumbersWithASignForFormulasWhereToldTo) {
  for (const char* cell : {"+972501234567", "-5.5", "-5", "+0", "=1", "@x", "\t5", " -5"}) {
    EXPECT_TRUE(is_formula_or_number(cell)) << cell;
  }
  for (const char* cell :
       {"", "0", "12.50", "972501234567", "a-5", "'+5", " 5", " ", "2025-12-23"}) {
    EXPECT_FALSE(is_formula_or_number(cell)) << cell;
  }
}

TEST(FormulaGuard, GuardsWhatOnlyResemblesANumber) {
  for (const char* cell :
       {"-5\n", "-5.", "-.5", "+1.2.3", "-5 ", "+972-50", "-5e3", "+1,000", "-5x", "+٣", "+５"}) {
    EXPECT_TRUE(is_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, LeavesText) {
  for (const char* cell :
       {"", "a", "a=1", "צ׳רלי", "ג'ורג'", "'=1", "\"=1", "(=1)", "٣", "\u200B=1"}) {
    EXPECT_FALSE(is_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, FindsAFormulaBehindASeparator) {
  for (const char* cell : {"a;=1+2", "a,=1", "a\";=1+2", "a\t=1", "a|@x", ";-5", "a; \u00A0=1",
                           "a;＝1", "a;;+1", "a;\t|=1", "a;b;c;-x", "|\n=1"}) {
    EXPECT_TRUE(holds_split_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, FindsNoneWithoutASeparatorBeforeIt) {
  for (const char* cell : {"", "=1", "a=1", "a;b=1", "a;", ";", "a\tb", "a|5", "a:=1", "= ;1",
                           "a;\u200B=1", "; ; ;"}) {
    EXPECT_FALSE(holds_split_formula(cell)) << cell;
  }
}

TEST(FormulaGuard, LooksAtEachByteOnce) {
  const std::string tabs(8'000'000, '\t');
  EXPECT_FALSE(holds_split_formula(tabs)) << "a look from each tab to the end would not return";
  EXPECT_TRUE(holds_split_formula(tabs + "="));
}

TEST(ExposedFormula, IsWhereSomeReaderBeginsACell) {
  struct Example {
    std::string before;
    std::string formula;
  };
  for (const auto& [before, formula] : std::to_array<Example>({
           {"", "=1"},
           {"a;", "=1+1;b"},
           {"a,", "-5"},
           {"a\t", "@x"},
           {"a|", "+972"},
           {"a;", "＝1"},
           {"a\n", "=1;b"},
           {"a\r", "=1"},
           {"a\r\n", "=1"},
           {"a\u2028", "=1"},
           {"a\u0085", "=1"},
           {"a\x1C", "=1"},
           {"a; \u00A0", "=1"},
           {"a;;|\t \n", "=1"},
           {"a;\"", "=1"},
           {"a; \" \"\" ", "=1"},
           {"\"", "=1"},
           {" ", "=1"},
       })) {
    EXPECT_EQ(find_in_cell(before + formula), before.size()) << before << formula;
  }
}

TEST(ExposedFormula, IsNowhereElse) {
  for (const char* cell :
       {"", "a", "a=1", "a;b=1", "a;", "'=1", "a;'=1", "a;(=1)", "a =1", "a\"=1\"", "a\x1F=1",
        "a\u00A0=1", "a:=1", "a\u200B=1", "a;\u200B=1", "2025-12-23"}) {
    EXPECT_EQ(find_in_cell(cell), std::string::npos) << cell;
  }
  EXPECT_EQ(find_exposed_formula("=1", false), std::string::npos);
  EXPECT_EQ(find_exposed_formula(" \"=1", false), std::string::npos);
  EXPECT_EQ(find_exposed_formula("=1;=2", false), 3U);
}

TEST(ExposedFormula, IsFoundWhereverItStands) {
  for (const std::string split : {",", ";", "\t", "|", "\n", "\v", "\f", "\r", "\x1C", "\x1D",
                                  "\x1E", "\u0085", "\u2028", "\u2029"}) {
    for (std::size_t before = 0; before < 40; ++before) {
      for (const std::size_t after : {0U, 1U, 15U, 40U}) {
        const std::string cell = std::string(before, 'x') + split + "=" + std::string(after, 'x');
        ASSERT_EQ(find_in_cell(cell), before + split.size()) << testing::PrintToString(cell);
      }
    }
  }
}

TEST(ExposedFormula, IsFoundInOneLook) {
  const std::string separators(4'000'000, ';');
  const std::string quotes(4'000'000, '"');
  EXPECT_EQ(find_in_cell(separators + quotes), std::string::npos);
  EXPECT_EQ(find_in_cell(separators + quotes + "="), 8'000'000U);
}

TEST(FormulaGuard, AgreesWithTheReference) {
  RandomCells cells{4180};
  for (int i = 0; i < 200'000; ++i) {
    const std::string cell = cells.next();
    ASSERT_EQ(is_formula(cell), Reference::is_formula(cell)) << testing::PrintToString(cell);
    ASSERT_EQ(is_formula_or_number(cell), Reference::is_formula_or_number(cell))
        << testing::PrintToString(cell);
    ASSERT_EQ(holds_split_formula(cell), Reference::holds_split_formula(cell))
        << testing::PrintToString(cell);
  }
}

TEST(FormulaGuard, ReadsMalformedUtf8OnlyToItsEnd) {
  for (const char* cell : {"\xC2", "\xE1", "\xE1\x9A", "\xE2\x80", "\xE3\x80", "\xEF", "\xEF\xBC",
                           "\x80", "\xFF", " \xEF\xBC", ";\xE2\x80", "\t\xEF"}) {
    const bool leading_tab = cell[0] == '\t';
    EXPECT_EQ(ask_alone(is_formula, cell), leading_tab);
    EXPECT_EQ(ask_alone(is_formula_or_number, cell), leading_tab);
    EXPECT_FALSE(ask_alone(holds_split_formula, cell));
    EXPECT_EQ(ask_alone(find_in_cell, cell), std::string::npos);
  }
  RandomCells cells{1968};
  for (int i = 0; i < 100'000; ++i) {
    const std::string cell = cells.next_malformed();
    ask_alone(is_formula, cell);
    ask_alone(holds_split_formula, cell);
    ask_alone(find_in_cell, cell);
  }
}

TEST(FormulaGuard, CompletesNoCharacterFromBehindTheEnd) {
  constexpr std::string_view kFormula = ";＝1";
  EXPECT_TRUE(is_formula(kFormula.substr(1)));
  EXPECT_FALSE(is_formula(kFormula.substr(1, 2)));
  EXPECT_FALSE(is_formula(kFormula.substr(1, 1)));
  EXPECT_TRUE(holds_split_formula(kFormula));
  EXPECT_FALSE(holds_split_formula(kFormula.substr(0, 3)));
  EXPECT_EQ(find_in_cell(kFormula), 1U);
  EXPECT_EQ(find_in_cell(kFormula.substr(0, 3)), std::string::npos);
}

TEST(FormulaGuard, TakesNoOverlongFormForItsCharacter) {
  EXPECT_FALSE(is_formula("\xC0\xBD"));        // '=' in two bytes
  EXPECT_FALSE(is_formula("\xE0\x80\xBD"));    // '=' in three
  EXPECT_FALSE(is_formula("\xE0\x82\xA0=1"));  // U+00A0 in three
  EXPECT_FALSE(holds_split_formula(";\xE0\x80\xBD"));
}

TEST(FormulaGuard, TakesNoOtherByteForAContinuation) {
  EXPECT_FALSE(is_formula("\xC2\x20=1"));      // U+00A0 but for its second byte
  EXPECT_FALSE(is_formula("\xE3\x40\x80=1"));  // U+3000 likewise
  EXPECT_FALSE(is_formula("\xE3\x80\x40=1"));
}

}  // namespace
}  // namespace export_leads::test
