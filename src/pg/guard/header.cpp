// Compares each header with the headers before it.
#include "core/header.hpp"
#include "pg/guard/header.hpp"

namespace export_leads {
namespace {

constexpr const char* kSylk =
    "Excel takes a CSV that begins with ID for another format (SYLK), and reports it as damaged.";

// Which of two columns with the same header has to change it: the one that is not named like the
// header.
const FileColumn& wrongly_named(const FileColumn& first, const FileColumn& second) {
  return std::strcmp(second.header, second.name) == 0 ? first : second;
}

void report(FindingSink& sink, const FileColumn& column, const char* problem) {
  sink({"header", psprintf("column %s", column.name), problem,
        psprintf("SELECT %s(%s, NULL);", own_call("export_leads_set_header"),
                 quote_literal_cstr(column.name))});
}

const char* empty(const FileColumn& column) {
  return psprintf("the header of column \"%s\" is empty", column.name);
}

const char* same(const FileColumn& first, const FileColumn& second) {
  return psprintf("columns \"%s\" and \"%s\" have the same header", first.name, second.name);
}

const FileColumn& find_column(const FileColumns& columns, const char* name) {
  for (int i = 0; i < columns.count; ++i)
    if (std::strcmp(columns.columns[i].name, name) == 0) return columns.columns[i];
  elog(ERROR, "there is no column \"%s\"", name);
}

[[noreturn]] void raise_header(const char* problem, const char* reason) {
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", problem), errdetail("%s", reason),
           errhint("Give the column a header of its own, as in \"SELECT %s;\".",
                   own_call("export_leads_set_header('phone', 'Mobile phone')"))));
  pg_unreachable();
}

}  // namespace

void inspect_headers(const FileColumns& columns, FindingSink& sink) {
  for (int i = 0; i < columns.count; ++i) {
    const FileColumn& column = columns.columns[i];
    if (core::is_blank_header(column.header)) report(sink, column, empty(column));
    for (int j = 0; j < i; ++j) {
      const FileColumn& other = columns.columns[j];
      if (core::are_same_headers(column.header, other.header))
        report(sink, wrongly_named(other, column), same(other, column));
    }
  }
}

void require_header(const FileColumns& columns, const char* name) {
  const FileColumn& column = find_column(columns, name);
  if (core::is_blank_header(column.header))
    raise_header(empty(column), "Readers of the file know a column by its header.");
  for (int i = 0; i < columns.count; ++i) {
    const FileColumn& other = columns.columns[i];
    if (&other != &column && core::are_same_headers(column.header, other.header))
      raise_header(same(other, column), "Many readers of a file keep one of such columns only.");
  }
  if (core::begins_as_sylk(column.header))
    raise_header(psprintf("the header of column \"%s\" begins with \"ID\"", name), kSylk);
}

}  // namespace export_leads
