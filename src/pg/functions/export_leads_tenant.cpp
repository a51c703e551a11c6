// export_leads_tenant() -> text: the tenant of the export that is running in this backend, else
// NULL. A parallel worker does not have it, and a NULL there would cut the export short in silence:
// an error instead.
#include "pg/sandbox/sandbox.hpp"

extern "C" {
#include "access/parallel.h"

PG_FUNCTION_INFO_V1(export_leads_tenant);
}

Datum export_leads_tenant(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  if (IsParallelWorker())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("export_leads_tenant() cannot run in a parallel worker"),
                    errhint("Run ALTER FUNCTION export_leads_tenant() PARALLEL RESTRICTED.")));
  const char* tenant = export_leads::running_tenant();
  if (tenant == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(tenant));
}
