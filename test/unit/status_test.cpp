// The status rules, by example.
#include "core/status.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace export_leads::test {
namespace {

using core::check_status;
using core::StatusProblem;

std::string lower(std::string_view text) {
  std::string out(text.size(), '?');
  const char* end = core::write_lower(out.data(), text);
  EXPECT_EQ(end, out.data() + out.size());
  return out;
}

TEST(Status, TakesSlugs) {
  for (const char* status : {"new", "no_answer", "call-back", "Interested", "A", "0", "_", "-"}) {
    EXPECT_EQ(check_status(status), StatusProblem::none) << status;
  }
}

TEST(Status, TakesExactlyLettersDigitsUnderscoreAndHyphen) {
  constexpr std::string_view kTaken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<char>(code);
    const bool taken = kTaken.find(byte) != std::string_view::npos;
    EXPECT_EQ(check_status({&byte, 1}) == StatusProblem::none, taken) << code;
    EXPECT_EQ(core::is_status_character(byte), taken) << code;
  }
}

TEST(Status, RefusesABadCharacterAnywhere) {
  for (const char* status :
       {" new", "new ", "n w", "new\n", "חדש", "new'", "new;", "../new", "a.b"}) {
    EXPECT_EQ(check_status(status), StatusProblem::bad_character) << status;
  }
}

TEST(Status, RefusesTheEmpty) {
  EXPECT_EQ(check_status(""), StatusProblem::empty);
  EXPECT_EQ(check_status({}), StatusProblem::empty);
}

TEST(Status, RefusesMoreThan64Bytes) {
  EXPECT_EQ(check_status(std::string(64, 'a')), StatusProblem::none);
  EXPECT_EQ(check_status(std::string(65, 'a')), StatusProblem::too_long);
}

TEST(Status, SaysTooLongBeforeItLooksAtTheCharacters) {
  EXPECT_EQ(check_status(std::string(65, ' ')), StatusProblem::too_long);
  EXPECT_EQ(check_status(std::string(1'000'000, ' ')), StatusProblem::too_long);
}

TEST(Status, LowersAsciiLettersOnly) {
  EXPECT_EQ(lower("ABYZ"), "abyz");
  EXPECT_EQ(lower("No_Answer-2"), "no_answer-2");
  EXPECT_EQ(lower("@[`{"), "@[`{") << "the neighbours of the letters";
  EXPECT_EQ(lower("ÀÉשלום"), "ÀÉשלום");
  EXPECT_EQ(lower(""), "");
}

}  // namespace
}  // namespace export_leads::test
