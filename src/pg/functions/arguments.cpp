// Reads the arguments of the export functions, and checks what needs no configuration.
#include "core/status.hpp"
#include "pg/functions/arguments.hpp"

#include "pg/guard/finding.hpp"

namespace export_leads {
namespace {

std::string_view status_argument(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(1))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("status must not be null")));
  const std::string_view status = text_view(PG_GETARG_TEXT_PP(1));
  switch (core::check_status(status)) {
    case core::StatusProblem::none:
      return status;
    case core::StatusProblem::empty:
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("status must not be empty")));
    case core::StatusProblem::too_long:
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
               errmsg("status must not be longer than %zu characters", core::kStatusMaximum)));
    case core::StatusProblem::bad_character:
      break;
  }
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
           errmsg("status must hold letters a-z, digits, \"_\" and \"-\" only"),
           errhint("Give the status by its name, not by its label. Where the names of a site's "
                   "statuses are not of this form, exports can go by their id instead, where "
                   "status_key names what leads hold: %s",
                   run_setup("status_name => 'id', status_label => 'name', status_key => '...'"))));
  pg_unreachable();
}

bool is_given(FunctionCallInfo fcinfo, int argument) {
  return PG_NARGS() > argument && !PG_ARGISNULL(argument);
}

// A bound is stored as a text: see time_bound.hpp.
const char* bound_argument(FunctionCallInfo fcinfo, int argument) {
  return is_given(fcinfo, argument) ? TextDatumGetCString(PG_GETARG_DATUM(argument)) : nullptr;
}

}  // namespace

const char* tenant_argument(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(0))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("tenant must not be null"),
                    errhint("Choose a business first: an export is always of one tenant.")));
  Oid* types = nullptr;
  int count = 0;
  (void)get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
  Oid output = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(types[0], &output, &is_varlena);
  return OidOutputFunctionCall(output, PG_GETARG_DATUM(0));
}

Datum export_id_argument(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(1))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("export_id must not be null")));
  return PG_GETARG_DATUM(1);
}

ColumnNames read_column_names(FunctionCallInfo fcinfo, int argument) {
  if (!is_given(fcinfo, argument)) return {nullptr, 0};
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), TEXTOID, -1, false, TYPALIGN_INT, &elements,
                    &nulls, &count);
  auto* names = static_cast<const char**>(
      palloc(sizeof(const char*) * static_cast<std::size_t>(Max(count, 1))));
  for (int i = 0; i < count; ++i) {
    if (nulls[i])
      ereport(ERROR,
              (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("columns must not contain null")));
    names[i] = TextDatumGetCString(elements[i]);
  }
  return {names, count};
}

Request read_request(FunctionCallInfo fcinfo, int columns) {
  Request request = read_request_without_columns(fcinfo, columns + 1);
  request.columns = read_column_names(fcinfo, columns);
  return request;
}

Request read_request_without_columns(FunctionCallInfo fcinfo, int created_from) {
  const std::string_view status = status_argument(fcinfo);
  const Request request{tenant_argument(fcinfo),
                        status,
                        {nullptr, 0},
                        bound_argument(fcinfo, created_from),
                        bound_argument(fcinfo, created_from + 1),
                        {InvalidOid, SessionTenant::ask}};
  if (GetDatabaseEncoding() != PG_UTF8)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("export_leads needs a database in UTF8"),
                    errdetail("This database is in %s.", GetDatabaseEncodingName())));
  return request;
}

}  // namespace export_leads
