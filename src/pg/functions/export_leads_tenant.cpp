// export_leads_tenant() -> text: the tenant of the export that is running in this backend, else
// NULL. In a parallel worker of a query, which does not know the tenant, it raises 55000: a NULL
// there would silently leave leads out of the export.
#include "pg/sandbox/sandbox.hpp"

extern "C" {
#include "access/parallel.h"

PG_FUNCTION_INFO_V1(export_leads_tenant);
}

Datum export_leads_tenant(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  if (IsParallelWorker() && !export_leads::is_exporting())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("export_leads_tenant() cannot run in a parallel worker"),
                    errhint("Run ALTER FUNCTION export_leads_tenant() PARALLEL RESTRICTED.")));
  const char* tenant = export_leads::running_tenant();
  if (tenant == nullptr) PG_RETURN_NULL();
  PG_RETURN_TEXT_P(cstring_to_text(tenant));
}
