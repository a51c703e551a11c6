// libxlsxwriter in its constant-memory mode on the same rows.
//   libxlsxwriter_workbook ROWS FILE
#include <xlsxwriter.h>

#include <cstdio>
#include <cstdlib>

#include "leads.hpp"

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto leads = export_leads::bench::make_leads(std::strtoul(arguments[1], nullptr, 10));
  const double before = export_leads::bench::processor_seconds();
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  lxw_workbook* workbook = workbook_new_opt(arguments[2], &options);
  lxw_worksheet* sheet = workbook_add_worksheet(workbook, nullptr);
  lxw_format* date = workbook_add_format(workbook);
  format_set_num_format(date, "yyyy-mm-dd hh:mm:ss");
  worksheet_right_to_left(sheet);
  worksheet_freeze_panes(sheet, 1, 0);
  const auto days = [](std::int64_t microseconds) {
    return 36526.0 + static_cast<double>(microseconds) / 86.4e9;
  };
  lxw_row_t row = 0;
  for (const auto& lead : leads) {
    ++row;
    worksheet_write_string(sheet, row, 0, export_leads::bench::kStatusName, nullptr);
    worksheet_write_string(sheet, row, 1, export_leads::bench::kStatusLabel, nullptr);
    worksheet_write_number(sheet, row, 2, static_cast<double>(lead.id), nullptr);
    worksheet_write_string(sheet, row, 3, lead.full_name.c_str(), nullptr);
    worksheet_write_string(sheet, row, 4, lead.phone.c_str(), nullptr);
    worksheet_write_string(sheet, row, 5, lead.email.c_str(), nullptr);
    worksheet_write_number(sheet, row, 6, days(lead.created_at), date);
    worksheet_write_number(sheet, row, 7, days(lead.last_call_at), date);
    worksheet_write_string(sheet, row, 8, lead.last_call_status.c_str(), nullptr);
    worksheet_write_string(sheet, row, 9, lead.source.c_str(), nullptr);
    worksheet_write_string(sheet, row, 10, lead.notes.c_str(), nullptr);
  }
  if (workbook_close(workbook) != LXW_NO_ERROR) return 1;
  std::printf(
      "libxlsxwriter: %.0f rows a second\n",
      static_cast<double>(leads.size()) / (export_leads::bench::processor_seconds() - before));
  return 0;
}
