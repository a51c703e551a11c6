// Headers that readers of a file would take for something else.
#include "core/header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace export_leads::test {
namespace {

using core::are_same_headers;
using core::is_blank_header;

TEST(Header, IsBlankWhereNothingIsSeen) {
  for (const char* header : {"",
                             " ",
                             "\t\r\n",
                             "\x01",
                             "\x7F",
                             "\u0080",
                             "\u009F",
                             "\u00A0",
                             "\u00AD",
                             "\u061C",
                             "\u1680",
                             "\u180E",
                             "\u2000",
                             "\u200B",
                             "\u200F",
                             "\u2028",
                             "\u202F",
                             "\u205F",
                             "\u2060",
                             "\u206F",
                             "\u3000",
                             "\uFEFF",
                             " \u200B\u00A0\u3000"}) {
    EXPECT_TRUE(is_blank_header(header)) << testing::PrintToString(std::string{header});
  }
}

TEST(Header, IsNotBlankWhereOneCharacterIsSeen) {
  for (const char* header :
       {"!",      "~",      "\u00A1", "\u00AC",   "\u00AE", "\u061B", "\u167F", "\u1681",
        "\u180F", "\u1FFF", "\u2010", "\u2027",   "\u2030", "\u205E", "\u2070", "\u2FFF",
        "\u3001", "\uFEFE", "\uFF00", " \u200Bx", "א",      "😀",      "\xFF"}) {
    EXPECT_FALSE(is_blank_header(header)) << testing::PrintToString(std::string{header});
  }
}

TEST(Header, IsTheSameWhateverEndsItsLines) {
  EXPECT_TRUE(are_same_headers("", ""));
  EXPECT_TRUE(are_same_headers("phone", "phone"));
  EXPECT_TRUE(are_same_headers("a\r\nb", "a\nb"));
  EXPECT_TRUE(are_same_headers("a\rb", "a\nb"));
  EXPECT_TRUE(are_same_headers("a\r\r\n", "a\n\r"));
}

TEST(Header, IsAnotherWhereAnythingElseDiffers) {
  EXPECT_FALSE(are_same_headers("phone", "Phone"));
  EXPECT_FALSE(are_same_headers("phone", "phone "));
  EXPECT_FALSE(are_same_headers("phone", ""));
  EXPECT_FALSE(are_same_headers("", "\n"));
  EXPECT_FALSE(are_same_headers("a\n\nb", "a\r\nb"));
  EXPECT_FALSE(are_same_headers("a\n\rb", "a\nb")) << "two line breaks";
}

TEST(Header, BeginsAsSylkInCapitalsAlone) {
  for (const char* header : {"ID", "IDs", "ID;P", "ID\"x\""}) {
    EXPECT_TRUE(core::begins_as_sylk(header)) << header;
  }
  for (const char* header : {"", "I", "id", "Id", " ID", "\"ID\"", "LEAD_ID"}) {
    EXPECT_FALSE(core::begins_as_sylk(header)) << header;
  }
}

}  // namespace
}  // namespace export_leads::test
