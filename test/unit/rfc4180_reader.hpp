// A strict reader of RFC 4180, written from the RFC's grammar and not from the writer, so that the
// two can check each other.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace export_leads::test {

using Record = std::vector<std::string>;

/// Reads a whole file, byte by byte, without a byte order mark. The RFC's delimiter is the comma;
/// some programs write others.
class Rfc4180Reader {
 public:
  explicit Rfc4180Reader(std::string_view file, char delimiter = ',')
      : file_(file), delimiter_(delimiter) {}

  /// The records, or nothing when the file breaks a rule: a quote inside an unquoted field, text
  /// after a closing quote, an unclosed quote, a CR or LF alone outside quotes, no CRLF at the end.
  std::optional<std::vector<Record>> read() {
    std::vector<Record> records;
    while (!at_end()) {
      std::optional<Record> record = read_record();
      if (!record) return std::nullopt;
      records.push_back(std::move(*record));
    }
    return records;
  }

 private:
  bool at_end() const { return position_ == file_.size(); }

  bool take(std::string_view expected) {
    if (!file_.substr(position_).starts_with(expected)) return false;
    position_ += expected.size();
    return true;
  }

  std::optional<Record> read_record() {
    Record record;
    do {
      std::optional<std::string> field = take("\"") ? read_quoted() : read_unquoted();
      if (!field) return std::nullopt;
      record.push_back(std::move(*field));
    } while (take({&delimiter_, 1}));
    if (!take("\r\n")) return std::nullopt;
    return record;
  }

  std::optional<std::string> read_quoted() {
    std::string field;
    while (!at_end()) {
      if (take("\"\"")) {
        field += '"';
      } else if (take("\"")) {
        return field;
      } else {
        field += file_[position_++];
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> read_unquoted() {
    std::string field;
    while (!at_end() && file_[position_] != delimiter_ && file_[position_] != '\r') {
      const char c = file_[position_++];
      if (c == '"' || c == '\n') return std::nullopt;
      field += c;
    }
    return field;
  }

  std::string_view file_;
  char delimiter_;
  std::size_t position_ = 0;
};

}  // namespace export_leads::test
