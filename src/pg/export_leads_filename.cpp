// export_leads_filename(status, format, on_date) -> text: the name of an export's file.
#include "core/filename.hpp"
#include "pg/output_buffer.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_filename);
}

namespace export_leads {
namespace {

void require(FunctionCallInfo fcinfo, int argument, const char* name) {
  if (PG_ARGISNULL(argument))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name)));
}

// The calendar date; a name needs a finite one in our era.
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
}  // namespace export_leads

Datum export_leads_filename(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  require(fcinfo, 0, "status");
  require(fcinfo, 1, "format");
  require(fcinfo, 2, "on_date");
  const std::string_view status = text_view(PG_GETARG_TEXT_PP(0));
  const std::string_view format = text_view(PG_GETARG_TEXT_PP(1));
  if (format != "csv")
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown export format"),
                    errhint("The formats are: csv.")));
  OutputBuffer output = make_output_buffer();
  char* out = reserve(output, core::filename_bound(status.size(), format.size()));
  commit(output, core::write_filename(out, status, calendar_date(PG_GETARG_DATEADT(2)), format));
  PG_RETURN_DATUM(finish(output));
}
