// A reader of the XML that workbooks are made of: elements, attributes and texts, without comments,
// processing instructions or a DTD. What is not well-formed is nothing to it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text_oracle.hpp"

namespace export_leads::test {

struct XmlElement {
  std::string name;
  std::map<std::string, std::u32string> attributes;
  std::vector<XmlElement> children;
  std::u32string text;

  /// The children of that name.
  std::vector<XmlElement> all(std::string_view wanted) const {
    std::vector<XmlElement> found;
    for (const XmlElement& child : children) {
      if (child.name == wanted) found.push_back(child);
    }
    return found;
  }

  /// The first child of that name, of which there is one.
  XmlElement one(std::string_view wanted) const { return all(wanted).at(0); }
};

class XmlReader {
 public:
  explicit XmlReader(std::string_view xml) : xml_(xml) {}

  /// The root of a document that begins with the declaration that Excel writes.
  std::optional<XmlElement> read() {
    if (!take(R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
              "\n"))
      return {};
    std::optional<XmlElement> root = read_element();
    return xml_.empty() ? root : std::nullopt;
  }

 private:
  bool take(std::string_view expected) {
    if (!xml_.starts_with(expected)) return false;
    xml_.remove_prefix(expected.size());
    return true;
  }

  std::string_view take_until(std::string_view ends) {
    const std::string_view taken = xml_.substr(0, xml_.find_first_of(ends));
    xml_.remove_prefix(taken.size());
    return taken;
  }

  bool read_attributes(XmlElement& element) {
    while (take(" ")) {
      const std::string name{take_until("=<> ")};
      if (name.empty() || !take("=\"")) return false;
      const std::optional<std::u32string> value = parsed_xml(take_until("\""));
      if (!value || !take("\"") || !element.attributes.try_emplace(name, *value).second)
        return false;
    }
    return true;
  }

  std::optional<XmlElement> read_element() {
    XmlElement element;
    if (!take("<")) return {};
    element.name = take_until(" />");
    if (element.name.empty() || !read_attributes(element)) return {};
    if (take("/>")) return element;
    if (!take(">")) return {};
    for (;;) {
      const std::optional<std::u32string> text = parsed_xml(take_until("<"));
      if (!text) return {};
      element.text += *text;
      if (take("</" + element.name + ">")) return element;
      std::optional<XmlElement> child = read_element();
      if (!child) return {};
      element.children.push_back(std::move(*child));
    }
  }

  std::string_view xml_;
};

/// The root of a document; an element without a name where it is not well-formed.
inline XmlElement parsed_document(std::string_view xml) {
  return XmlReader{xml}.read().value_or(XmlElement{});
}

}  // namespace export_leads::test
