// The core's workbook encoder: rows a second of processor time, and the size of the file.
//   core_workbook ROWS FILE
#include "core/xlsx/workbook.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "leads.hpp"

namespace {

using namespace export_leads::core;

struct File {
  std::vector<char> bytes;
  std::size_t used = 0;

  Sink sink() {
    return {this,
            [](void* state, std::size_t size) {
              auto& file = *static_cast<File*>(state);
              if (file.bytes.size() < file.used + size) file.bytes.resize(2 * (file.used + size));
              return file.bytes.data() + file.used;
            },
            [](void* state, const char* end) {
              auto& file = *static_cast<File*>(state);
              file.used = static_cast<std::size_t>(end - file.bytes.data());
            },
            [](void* state, std::size_t offset) {
              return static_cast<File*>(state)->bytes.data() + offset;
            }};
  }
};

File file;

Allocator malloc_allocator() {
  return {nullptr, [](void*, std::size_t size) { return std::malloc(size); },
          [](void*, void* memory) { std::free(memory); }};
}

bool write_workbook(const std::vector<export_leads::bench::Lead>& leads) {
  static constexpr std::array<SheetColumn, 11> kColumns{{{"status_id", 12},
                                                         {"status_name", 16},
                                                         {"lead_id", 12},
                                                         {"full_name", 24},
                                                         {"phone", 18},
                                                         {"email", 28},
                                                         {"created_at", 20},
                                                         {"last_call_at", 20},
                                                         {"last_call_status", 18},
                                                         {"source", 14},
                                                         {"notes", 60}}};
  const auto workbook = std::make_unique<Workbook>();
  const auto memory = std::make_unique<WorkbookMemory>();
  File strings;
  if (!begin_workbook(*workbook, {export_leads::bench::kStatusLabel, kColumns, true},
                      {file.sink(), strings.sink()}, malloc_allocator(), *memory))
    return false;
  for (const auto& lead : leads) {
    if (begin_row(*workbook) != RowProblem::none) return false;
    add_text(*workbook, export_leads::bench::kStatusName);
    add_text(*workbook, export_leads::bench::kStatusLabel);
    add_integer(*workbook, lead.id);
    add_text(*workbook, lead.full_name);
    add_text(*workbook, lead.phone);
    add_text(*workbook, lead.email);
    add_timestamp(*workbook, lead.created_at);
    add_timestamp(*workbook, lead.last_call_at, 7200);
    add_text(*workbook, lead.last_call_status);
    add_text(*workbook, lead.source);
    add_text(*workbook, lead.notes);
    end_row(*workbook);
  }
  end_workbook(*workbook);
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto leads = export_leads::bench::make_leads(std::strtoul(arguments[1], nullptr, 10));
  const double before = export_leads::bench::processor_seconds();
  if (!write_workbook(leads)) return 1;
  const double seconds = export_leads::bench::processor_seconds() - before;
  std::printf("core: %.0f rows a second, %.1f bytes a row\n",
              static_cast<double>(leads.size()) / seconds,
              static_cast<double>(file.used) / static_cast<double>(leads.size()));
  std::FILE* out = std::fopen(arguments[2], "wb");
  return out != nullptr && std::fwrite(file.bytes.data(), 1, file.used, out) == file.used &&
                 std::fclose(out) == 0
             ? 0
             : 1;
}
