// export_leads_csv(tenant, status) -> text: the SQL entry of an export, and the rules of its
// arguments.
#include "core/status.hpp"
#include "pg/lead_export.hpp"
#include "pg/sandbox.hpp"
#include "pg/settings.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_csv);
}

namespace export_leads {
namespace {

// The tenant as text, whichever overload was called.
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
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("status must hold letters a-z, digits, \"_\" and \"-\" only"),
                  errhint("Give the status by its name, not by its label.")));
  pg_unreachable();
}

Datum export_csv(FunctionCallInfo fcinfo) {
  const std::string_view status = status_argument(fcinfo);
  const Request request{tenant_argument(fcinfo), status};
  if (GetDatabaseEncoding() != PG_UTF8)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("export_leads needs a database in UTF8"),
                    errdetail("This database is in %s.", GetDatabaseEncodingName())));
  OutputBuffer output = make_output_buffer();
  write_export(output, extension_schema(fcinfo), request, session_dialect());
  return finish(output);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_csv(PG_FUNCTION_ARGS) {
  volatile Datum file = 0;
  export_leads::begin_export();
  // The tenant is state of the backend, which no abort clears.
  PG_TRY();
  { file = export_leads::export_csv(fcinfo); }
  PG_FINALLY();
  { export_leads::end_export(); }
  PG_END_TRY();
  PG_RETURN_DATUM(file);
}
