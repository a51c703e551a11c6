// export_leads_can_commit() -> boolean: whether the procedure that calls it, whose calls of SQL are
// the innermost in this backend, could COMMIT: not inside a transaction block, a function or a
// block with an exception handler. SQL cannot tell before COMMIT fails.
#include "pg/postgres.hpp"

extern "C" {
#include "executor/spi.h"

PG_FUNCTION_INFO_V1(export_leads_can_commit);
}

Datum export_leads_can_commit(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  PG_RETURN_BOOL(SPI_inside_nonatomic_context());
}
