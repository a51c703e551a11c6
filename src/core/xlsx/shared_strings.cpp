// Writes the pieces of the shared strings' XML.
#include "core/xlsx/shared_strings.hpp"

#include "core/bytes.hpp"
#include "core/integer.hpp"

namespace export_leads::core {

char* write_shared_strings_head(char* out, std::uint64_t cells, std::uint32_t texts) noexcept {
  out = write_bytes(
      out, R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
           "\n"
           R"(<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count=")");
  out = write_integer(out, static_cast<std::int64_t>(cells));
  out = write_bytes(out, R"(" uniqueCount=")");
  out = write_integer(out, texts);
  return write_bytes(out, R"(">)");
}

char* write_shared_string(char* out, std::string_view text) noexcept {
  out =
      write_bytes(out, needs_preserved_space(text) ? R"(<si><t xml:space="preserve">)" : "<si><t>");
  out = write_xml_text(out, text);
  return write_bytes(out, "</t></si>");
}

}  // namespace export_leads::core
