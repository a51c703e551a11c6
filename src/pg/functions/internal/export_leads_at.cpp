// _export_leads_at(tenant, wanted, status, columns, created_from, created_to, role,
// session_has_tenant, settings, issued_at, seal) -> setof bytea: an export that another node of a
// Citus cluster has passed on to this one, in pieces. The last row says what the others are: see
// passed_export.hpp. Anybody may call it, but only a node with this node's set-up can make a seal.
// Raises 55000 where there is none, 0A000 where Citus has not run it on another node, and what the
// export raises.
#include "core/csv/field.hpp"
#include "pg/citus/routing.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/functions/settings.hpp"
#include "pg/sandbox/sandbox.hpp"

extern "C" {
#include "utils/array.h"

PG_FUNCTION_INFO_V1(export_leads_at);
}

namespace export_leads {
namespace {

enum Argument {
  kWanted = 1,
  kStatus,
  kColumns,
  kCreatedFrom,
  kCreatedTo,
  kRole,
  kSessionHasTenant,
  kSettings,
  kIssuedAt,
  kSeal,
};

const char* text_argument(FunctionCallInfo fcinfo, int argument) {
  return PG_ARGISNULL(argument) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

// Whatever is missing, the seal does not fit.
PassedCall read_call(FunctionCallInfo fcinfo) {
  PassedCall call{};
  const char* status = text_argument(fcinfo, kStatus);
  const char* role = text_argument(fcinfo, kRole);
  const bool has_tenant = !PG_ARGISNULL(kSessionHasTenant) && PG_GETARG_BOOL(kSessionHasTenant);
  call.wanted = text_argument(fcinfo, kWanted);
  call.request = {tenant_argument(fcinfo),
                  status == nullptr ? "" : status,
                  read_column_names(fcinfo, kColumns),
                  text_argument(fcinfo, kCreatedFrom),
                  text_argument(fcinfo, kCreatedTo),
                  {role == nullptr ? InvalidOid : get_role_oid(role, false),
                   has_tenant ? SessionTenant::same : SessionTenant::none}};
  call.issued_at = PG_ARGISNULL(kIssuedAt) ? 0 : PG_GETARG_INT64(kIssuedAt);
  if (PG_ARGISNULL(kSettings)) return call;
  const ColumnNames settings = read_column_names(fcinfo, kSettings);
  for (int i = 0; i < Min(settings.count, kPassedSettingCount); ++i)
    call.settings[i] = settings.names[i];
  return call;
}

void require_seal(FunctionCallInfo fcinfo, const PassedCall& call) {
  Seal given{};
  if (!PG_ARGISNULL(kSeal)) {
    const bytea* seal = PG_GETARG_BYTEA_PP(kSeal);
    if (VARSIZE_ANY_EXHDR(seal) == kSealSize)
      std::memcpy(given.bytes, VARDATA_ANY(seal), kSealSize);
  }
  const std::int64_t age = GetCurrentTimestamp() - call.issued_at;
  const bool is_new =
      age < kMinutesOfCall * USECS_PER_MINUTE && age > -kMinutesOfCall * USECS_PER_MINUTE;
  const bool is_sealed = is_same(given, seal_of_call(extension_schema(fcinfo), call));
  if (is_sealed && is_new) return;
  if (is_sealed)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the export was passed on at another time than now"),
             errhint("The clocks of the nodes must not differ by %d minutes.", kMinutesOfCall)));
  ereport(ERROR,
          (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
           errmsg("this node is not set up as the one that passed the export on"),
           errhint("Run set-up on the coordinator, which sets all nodes up as it commits: %s",
                   run_setup())));
}

// Citus runs the function in the session that asks where the rows have come to its node just now.
void require_session_of_citus(bool are_rows_here) {
  if (is_session_of_citus() || are_rows_here) return;
  ereport(ERROR,
          (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
           errmsg("the tenant's leads are on another node, to which Citus does not pass this call"),
           errhint("Run set-up on the coordinator, or connect to the node that has them.")));
}

void put_row(const ReturnSetInfo* result, const char* text) {
  Datum row = PointerGetDatum(cstring_to_text(text));
  bool is_null = false;
  tuplestore_putvalues(result->setResult, result->setDesc, &row, &is_null);
}

void export_to(FunctionCallInfo fcinfo, const PassedCall& call) {
  const auto* result = reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo);
  SetSink set = make_set_sink(result);
  OutputBuffer output = make_output_pieces(&set.pub);
  const WrittenExport written =
      run_passed_call(extension_schema(fcinfo), call, session_csv_options(), &output);
  give_last_piece(output);
  put_row(result, describe_written(written));
}

}  // namespace
}  // namespace export_leads

Datum export_leads_at(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  const PassedCall call = read_call(fcinfo);
  require_seal(fcinfo, call);
  const bool are_rows_here = is_here(extension_schema(fcinfo), call.request);
  require_session_of_citus(are_rows_here);
  if (!are_rows_here || !is_session_of_citus()) {
    put_row(reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo), kMoved);
    return 0;
  }
  const int settings = NewGUCNestLevel();
  for (int i = 0; i < kPassedSettingCount; ++i) pin(kPassedSettings[i], call.settings[i]);
  during_export([&] { export_to(fcinfo, call); });
  AtEOXact_GUC(false, settings);
  return 0;
}
