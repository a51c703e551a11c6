// The reader that tests read CSV with: what the RFC says, and nothing that it forbids.
#include "rfc4180_reader.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace export_leads::test {
namespace {

TEST(Rfc4180Reader, ReadsTheExamplesOfTheRfc) {
  const std::vector<Record> expected{{"aaa", "b\r\nbb", "ccc"}, {"zzz", "b\"b", ""}};
  EXPECT_EQ(Rfc4180Reader{"\"aaa\",\"b\r\nbb\",ccc\r\nzzz,\"b\"\"b\",\r\n"}.read(), expected);
}

TEST(Rfc4180Reader, SplitsAtItsDelimiterAlone) {
  const std::vector<Record> expected{{"a,b", "c;d", ""}};
  EXPECT_EQ((Rfc4180Reader{"a,b;\"c;d\";\r\n", ';'}.read()), expected);
}

TEST(Rfc4180Reader, RefusesWhatTheRfcForbids) {
  for (const char* file :
       {"a", "a\n", "a\rb\r\n", "a\"b\r\n", "\"a\r\n", "\"a\"b\r\n", "\"a\" \r\n"}) {
    EXPECT_EQ(Rfc4180Reader{file}.read(), std::nullopt) << file;
  }
}

}  // namespace
}  // namespace export_leads::test
