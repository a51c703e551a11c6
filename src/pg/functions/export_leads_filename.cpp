// export_leads_filename(status, format, on_date) -> text: the name of an export's file.
#include "pg/file/format.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_filename);
}

namespace export_leads {
namespace {

void require(FunctionCallInfo fcinfo, int argument, const char* name) {
  if (PG_ARGISNULL(argument))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name)));
}

}  // namespace
}  // namespace export_leads

Datum export_leads_filename(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  require(fcinfo, 0, "status");
  require(fcinfo, 2, "on_date");
  const Format& format = read_format(fcinfo, 1);
  PG_RETURN_DATUM(make_filename(text_view(PG_GETARG_TEXT_PP(0)), format, PG_GETARG_DATEADT(2)));
}
