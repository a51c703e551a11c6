// _export_leads_latest_totals(tenant text) -> (kept_bytes bigint, schedules bigint): what
// _export_leads_totals() returns in a snapshot of this moment. In REPEATABLE READ and SERIALIZABLE
// the transaction's own snapshot lacks what others have kept since it was taken.
#include "pg/history/twin.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_latest_totals);
}

Datum export_leads_latest_totals(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  begin_result(fcinfo);
  const Twin twin = find_twin(fcinfo, "_export_leads_totals");
  PushActiveSnapshot(GetLatestSnapshot());
  const Datum result = run_twin(fcinfo, twin, true);
  PopActiveSnapshot();
  PG_RETURN_DATUM(result);
}
