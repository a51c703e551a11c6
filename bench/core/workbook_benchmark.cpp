// The speed of the core's workbooks, in leads, beside libxlsxwriter's: all cells of the same leads,
// the compressed file included.
#include <benchmark/benchmark.h>
#include <xlsxwriter.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/xlsx/workbook.hpp"

namespace export_leads::core {
namespace {

constexpr int kLeadCount = 20'000;
constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;
constexpr double kSerialDayOf2000 = 36'526;
constexpr SheetColumn kColumns[] = {{"status_id", 14},  {"status_name", 14},     {"lead_id", 12},
                                    {"full_name", 24},  {"phone", 18},           {"email", 28},
                                    {"created_at", 20}, {"last_call_at", 20},    {"source", 14},
                                    {"notes", 40},      {"last_call_status", 16}};

struct Lead {
  std::int64_t id;
  std::string name;
  std::string phone;
  std::string email;
  std::int64_t created_at;
  std::int64_t last_call_at;
  std::string notes;
};

const std::vector<Lead>& leads() {
  static const std::vector<Lead> all = [] {
    const std::string prose = "שוחחנו בטלפון והלקוח ביקש הצעת מחיר מסודרת עד סוף השבוע ";
    std::vector<Lead> made;
    for (int i = 0; i < kLeadCount; ++i) {
      const std::string number = std::to_string(10'000'000 + i);
      const std::int64_t moment = (8000 + i % 1000) * kMicrosecondsPerDay + i * 3'000'000LL;
      made.push_back({i, "רחל ביטון " + std::to_string(i % 977), "+9725" + number,
                      "lead" + number + "@example.co.il", moment, moment + kMicrosecondsPerDay,
                      prose + prose + number});
    }
    return made;
  }();
  return all;
}

// A file in memory that grows by doubling.
struct File {
  std::unique_ptr<char, decltype(&std::free)> bytes{nullptr, std::free};
  std::size_t used = 0;
  std::size_t capacity = 0;

  Sink sink() {
    return {
        this,
        [](void* state, std::size_t size) {
          auto& file = *static_cast<File*>(state);
          if (file.used + size > file.capacity) {
            file.capacity = 2 * (file.used + size);
            file.bytes.reset(static_cast<char*>(std::realloc(file.bytes.release(), file.capacity)));
          }
          return file.bytes.get() + file.used;
        },
        [](void* state, const char* end) {
          auto& file = *static_cast<File*>(state);
          file.used = static_cast<std::size_t>(end - file.bytes.get());
        },
        [](void* state, std::size_t offset) {
          return static_cast<File*>(state)->bytes.get() + offset;
        }};
  }
};

void write_ours(File& file, File& strings, WorkbookMemory& memory) {
  Workbook workbook;
  begin_workbook(workbook, {"חדש", kColumns, true}, {file.sink(), strings.sink()}, memory);
  for (const Lead& lead : leads()) {
    if (begin_row(workbook) != RowProblem::none) std::abort();
    add_text(workbook, "new");
    add_text(workbook, "חדש");
    add_integer(workbook, lead.id);
    add_text(workbook, lead.name);
    add_text(workbook, lead.phone);
    add_text(workbook, lead.email);
    add_timestamp(workbook, lead.created_at);
    add_timestamp(workbook, lead.last_call_at);
    add_text(workbook, "facebook");
    add_text(workbook, lead.notes);
    add_text(workbook, "completed");
    end_row(workbook);
  }
  end_workbook(workbook);
}

void workbook(benchmark::State& state) {
  const auto memory = std::make_unique<WorkbookMemory>();
  for (auto _ : state) {
    File file;
    File strings;
    write_ours(file, strings, *memory);
    state.counters["file_bytes"] = static_cast<double>(file.used);
  }
  state.SetItemsProcessed(state.iterations() * kLeadCount);
}

double serial_day(std::int64_t moment) {
  return kSerialDayOf2000 + static_cast<double>(moment) / static_cast<double>(kMicrosecondsPerDay);
}

// In constant memory, which is the fastest way that it has.
void write_theirs(const char* path) {
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  lxw_workbook* workbook = workbook_new_opt(path, &options);
  lxw_worksheet* sheet = workbook_add_worksheet(workbook, "חדש");
  lxw_format* moment = workbook_add_format(workbook);
  format_set_num_format(moment, "yyyy-mm-dd hh:mm:ss");
  worksheet_right_to_left(sheet);
  lxw_col_t place = 0;
  for (const SheetColumn& column : kColumns)
    worksheet_write_string(sheet, 0, place++, std::string(column.header).c_str(), nullptr);
  lxw_row_t row = 0;
  for (const Lead& lead : leads()) {
    ++row;
    worksheet_write_string(sheet, row, 0, "new", nullptr);
    worksheet_write_string(sheet, row, 1, "חדש", nullptr);
    worksheet_write_number(sheet, row, 2, static_cast<double>(lead.id), nullptr);
    worksheet_write_string(sheet, row, 3, lead.name.c_str(), nullptr);
    worksheet_write_string(sheet, row, 4, lead.phone.c_str(), nullptr);
    worksheet_write_string(sheet, row, 5, lead.email.c_str(), nullptr);
    worksheet_write_number(sheet, row, 6, serial_day(lead.created_at), moment);
    worksheet_write_number(sheet, row, 7, serial_day(lead.last_call_at), moment);
    worksheet_write_string(sheet, row, 8, "facebook", nullptr);
    worksheet_write_string(sheet, row, 9, lead.notes.c_str(), nullptr);
    worksheet_write_string(sheet, row, 10, "completed", nullptr);
  }
  if (workbook_close(workbook) != LXW_NO_ERROR) std::abort();
}

void libxlsxwriter(benchmark::State& state) {
  std::string path = std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp") +
                     "/workbook_benchmark.xlsx";
  for (auto _ : state) write_theirs(path.c_str());
  std::remove(path.c_str());
  state.SetItemsProcessed(state.iterations() * kLeadCount);
}

BENCHMARK(workbook)->Name("workbook/lead")->Unit(benchmark::kMillisecond);
BENCHMARK(libxlsxwriter)->Name("libxlsxwriter/lead")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace export_leads::core
