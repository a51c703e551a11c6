// Writes a workbook with the core alone, cell by cell as standard input says, to standard output.
//   workbook_of_lines LABEL rtl|ltr HEADER...
// A line is a cell or the end of a row: t<text in hex>, i<integer>, d<microseconds>,
// z<microseconds>,<offset in seconds>, n<decimal>, b0 or b1, y<days>, e (empty), r (the row ends).
// On standard error it says how many cells were cut.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "core/xlsx/workbook.hpp"
#include "../unit/memory_file.hpp"

namespace {

using namespace export_leads;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes += static_cast<char>(std::strtoul(hex.substr(at, 2).c_str(), nullptr, 16));
  }
  return bytes;
}

void add_cell(core::Workbook& workbook, const std::string& line) {
  char* rest = nullptr;
  switch (line[0]) {
    case 't':
      return core::add_text(workbook, from_hex(line.substr(1)));
    case 'i':
      return core::add_integer(workbook, std::strtoll(&line[1], nullptr, 10));
    case 'd':
      return core::add_timestamp(workbook, std::strtoll(&line[1], nullptr, 10));
    case 'z': {
      const std::int64_t microseconds = std::strtoll(&line[1], &rest, 10);
      return core::add_timestamp(workbook, microseconds, std::atoi(rest + 1));
    }
    case 'n':
      return core::add_decimal(workbook, line.substr(1));
    case 'b':
      return core::add_boolean(workbook, line[1] == '1');
    case 'y':
      return core::add_date(workbook, std::atoi(&line[1]));
    default:
      return core::skip_cell(workbook);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  std::vector<core::SheetColumn> columns;
  for (int i = 3; i < count; ++i) columns.push_back({arguments[i], 20});
  test::MemoryFile file;
  test::MemoryFile strings;
  const auto workbook = std::make_unique<core::Workbook>();
  const auto memory = std::make_unique<core::WorkbookMemory>();
  const core::SheetDescription sheet{arguments[1], columns, std::string{arguments[2]} == "rtl"};
  core::begin_workbook(*workbook, sheet, {file.sink(), strings.sink()}, *memory);
  bool is_row_open = false;
  for (std::string line; std::getline(std::cin, line);) {
    if (!is_row_open && core::begin_row(*workbook) != core::RowProblem::none) return 1;
    is_row_open = line != "r";
    if (is_row_open)
      add_cell(*workbook, line);
    else
      core::end_row(*workbook);
  }
  core::end_workbook(*workbook);
  std::fprintf(stderr, "%llu\n", static_cast<unsigned long long>(workbook->cut_cells));
  return std::fwrite(file.bytes.data(), 1, file.used, stdout) == file.used ? 0 : 1;
}
