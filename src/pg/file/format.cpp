// Holds the list of formats, looks a format up by name, and makes file names.
#include "core/filename.hpp"
#include "core/xlsx/workbook.hpp"
#include "pg/file/format.hpp"
#include "pg/file/output_buffer.hpp"
#include "pg/file/sheet_writer.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace export_leads {
namespace {

template <typename Writer>
RecordWriter* keep(const Writer& writer) {
  auto* kept = static_cast<Writer*>(palloc(sizeof(Writer)));
  *kept = writer;
  return &kept->pub;
}

RecordWriter* keep_csv_writer(OutputBuffer* output, const CsvOptions& options) {
  return keep(make_csv_writer(output, options));
}

RecordWriter* keep_sheet_writer(OutputBuffer* output, const CsvOptions&) {
  return keep(make_sheet_writer(output));
}

constexpr Format kFormats[] = {
    {"csv", "text/csv; charset=utf-8", false, keep_csv_writer},
    {"xlsx", core::kWorkbookMediaType.data(), true, keep_sheet_writer},
};

const char* list_formats() {
  StringInfoData list;
  initStringInfo(&list);
  for (const Format& format : kFormats)
    appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", format.name);
  return list.data;
}

// The calendar date of `date`. Raises 22008 where it is infinite or before the year 1.
core::Date calendar_date(DateADT date) {
  core::Date calendar{};
  if (!DATE_NOT_FINITE(date))
    j2date(date + POSTGRES_EPOCH_JDATE, &calendar.year, &calendar.month, &calendar.day);
  if (calendar.year < 1)
    ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                    errmsg("date out of range for a file name")));
  return calendar;
}

}  // namespace

const Format& find_format(std::string_view name) {
  for (const Format& format : kFormats)
    if (name == format.name) return format;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown export format"),
                  errhint("The formats are: %s.", list_formats())));
  pg_unreachable();
}

const Format& read_format(FunctionCallInfo fcinfo, int argument) {
  if (PG_ARGISNULL(argument))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("format must not be null")));
  return find_format(text_view(PG_GETARG_TEXT_PP(argument)));
}

Datum make_filename(std::string_view status, const Format& format, DateADT date) {
  const std::string_view extension = format.name;
  OutputBuffer output = make_output_buffer();
  char* out = reserve(output, core::filename_bound(status.size(), extension.size()));
  commit(output, core::write_filename(out, status, calendar_date(date), extension));
  return finish(output);
}

}  // namespace export_leads
