// The speed of the core's writers, in bytes of their output, beside memcpy of the same bytes.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "core/csv/field.hpp"
#include "core/integer.hpp"
#include "core/timestamp.hpp"

namespace export_leads::core {
namespace {

constexpr int kFieldCount = 1024;

using Fields = std::vector<std::string>;

Fields repeated(const std::array<std::string, 4>& texts) {
  Fields fields;
  for (int i = 0; i < kFieldCount; ++i) fields.push_back(texts[static_cast<std::size_t>(i) % 4]);
  return fields;
}

Fields hebrew_notes() {
  const std::string prose = "שוחחנו בטלפון והלקוח ביקש הצעת מחיר מסודרת עד סוף השבוע ";
  return repeated({prose + prose, prose + prose + prose, prose, prose + prose + prose + prose});
}

Fields ascii_names() {
  return repeated(
      {"lead17@example.co.il", "Dana Levi", "facebook", "a-rather-long-name@mail.example.com"});
}

Fields quoted_notes() {
  Fields fields = hebrew_notes();
  for (std::string& field : fields) field += "ביקש \"הנחה למזמין מראש\", וחזרה בערב";
  return fields;
}

// Writes all fields again and again, and counts the bytes written.
template <typename Value, typename Writer>
void write_all(benchmark::State& state, const std::vector<Value>& values, std::size_t bound,
               Writer write) {
  std::vector<char> out(bound);
  std::int64_t bytes = 0;
  for (auto _ : state) {
    char* end = out.data();
    for (const Value& value : values) end = write(end, value);
    bytes += end - out.data();
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(bytes);
}

std::size_t bound_of(const Fields& fields) {
  std::size_t bound = 0;
  for (const std::string& field : fields) bound += field_bound(field.size());
  return bound;
}

void write_fields(benchmark::State& state, const Fields& fields) {
  write_all(state, fields, bound_of(fields),
            [](char* out, const std::string& field) { return write_field(out, field, {}); });
}

char* copy_bytes(char* out, const std::string& bytes) {
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

void copy_fields(benchmark::State& state, const Fields& written) {
  write_all(state, written, bound_of(written), copy_bytes);
}

// What the writer makes of each value: what memcpy is given.
template <typename Value, typename Writer>
Fields written(const std::vector<Value>& values, Writer write) {
  Fields fields;
  for (const Value& value : values) {
    std::vector<char> out(4096);
    fields.emplace_back(out.data(), write(out.data(), value));
  }
  return fields;
}

// Values of about the same size, as ids and moments of one table are.
std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t step) {
  std::vector<std::int64_t> values;
  for (int i = 0; i < kFieldCount; ++i) values.push_back(first + step * i);
  return values;
}

char* write_moment(char* out, std::int64_t moment) { return write_timestamp(out, moment); }

void compare_fields(const std::string& name, const Fields& fields) {
  const auto write = [](char* out, const std::string& field) {
    return write_field(out, field, {});
  };
  benchmark::RegisterBenchmark(("write_field/" + name).c_str(), write_fields, fields);
  benchmark::RegisterBenchmark(("memcpy/" + name).c_str(), copy_fields, written(fields, write));
}

void compare_values(const std::string& writer, const std::string& name,
                    const std::vector<std::int64_t>& values, char* (*write)(char*, std::int64_t)) {
  benchmark::RegisterBenchmark((writer + "/" + name).c_str(),
                               [values, write](benchmark::State& state) {
                                 write_all(state, values, values.size() * kTimestampBound, write);
                               });
  benchmark::RegisterBenchmark(("memcpy/" + name).c_str(), copy_fields, written(values, write));
}

}  // namespace
}  // namespace export_leads::core

int main(int argc, char** argv) {
  using namespace export_leads::core;
  compare_fields("Hebrew_notes", hebrew_notes());
  compare_fields("short_ASCII", ascii_names());
  compare_fields("notes_that_need_quotes", quoted_notes());
  compare_values("write_timestamp", "moments_with_microseconds",
                 numbers(800'000'000'123'456, 86'401'000'001), write_moment);
  compare_values("write_timestamp", "moments_of_whole_seconds",
                 numbers(800'000'000'000'000, 86'401'000'000), write_moment);
  compare_values("write_integer", "ids", numbers(123'456, 37), write_integer);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
