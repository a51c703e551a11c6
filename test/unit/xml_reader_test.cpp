// The reader that tests read XML with.
#include "xml_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace export_leads::test {
namespace {

const std::string kDeclaration = R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
                                 "\n";

TEST(XmlReader, ReadsElementsAttributesAndTexts) {
  const XmlElement root =
      parsed_document(kDeclaration + R"(<a b="1" c="&quot;"><d/>x&lt;<d>y</d></a>)");
  EXPECT_EQ(root.name, "a");
  EXPECT_EQ(root.attributes.at("b"), U"1");
  EXPECT_EQ(root.attributes.at("c"), U"\"");
  EXPECT_EQ(root.text, U"x<");
  ASSERT_EQ(root.all("d").size(), 2U);
  EXPECT_EQ(root.all("d")[1].text, U"y");
}

TEST(XmlReader, RefusesWhatIsNotWellFormed) {
  for (const char* xml : {"", "a", "<a>", "<a></b>", "<a/><a/>", "<a b=1/>", "<a b=\"1\" b=\"1\"/>",
                          "<a b=\"<\"/>", "<a>&x;</a>", "<a>&</a>", "<a>\x01</a>", "<a b=\"1/>"}) {
    EXPECT_EQ(parsed_document(kDeclaration + xml).name, "") << xml;
  }
  EXPECT_EQ(parsed_document("<a/>").name, "") << "without a declaration";
}

}  // namespace
}  // namespace export_leads::test
