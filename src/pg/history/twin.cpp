// Finds the twin by its name, in the schema of the extension, and hands on what it returns.
#include "pg/history/twin.hpp"

#include "pg/guard/finding.hpp"
#include "pg/setup/configuration.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "parser/parse_func.h"
}

namespace export_leads {
namespace {

void put_rows(const ReturnSetInfo* set) {
  for (std::uint64_t i = 0; i < SPI_processed; ++i)
    tuplestore_puttuple(set->setResult, SPI_tuptable->vals[i]);
}

Datum only_value(FunctionCallInfo fcinfo, MemoryContext memory) {
  if (get_func_rettype(fcinfo->flinfo->fn_oid) == VOIDOID) return 0;
  if (SPI_processed != 1) elog(ERROR, "expected one row");
  const Datum value =
      SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &fcinfo->isnull);
  if (fcinfo->isnull) return 0;
  const FormData_pg_attribute* column = TupleDescAttr(SPI_tuptable->tupdesc, 0);
  MemoryContext spi = MemoryContextSwitchTo(memory);
  const Datum copy = datumCopy(value, column->attbyval, column->attlen);
  MemoryContextSwitchTo(spi);
  return copy;
}

}  // namespace

Twin find_twin(FunctionCallInfo fcinfo, const char* name) {
  Twin twin{};
  const Oid function = fcinfo->flinfo->fn_oid;
  (void)get_func_signature(function, &twin.types, &twin.count);
  const auto count = static_cast<std::size_t>(twin.count);
  twin.values = static_cast<Datum*>(palloc(sizeof(Datum) * Max(count, 1)));
  twin.nulls = static_cast<char*>(palloc(Max(count, 1)));
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql, "SELECT * FROM %s(", own_name(extension_schema(fcinfo), name));
  for (int i = 0; i < twin.count; ++i) {
    appendStringInfo(&sql, "%s$%d", i == 0 ? "" : ", ", i + 1);
    twin.values[i] = PG_GETARG_DATUM(i);
    twin.nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
  }
  appendStringInfoChar(&sql, ')');
  twin.sql = sql.data;
  return twin;
}

Twin find_twin(FunctionCallInfo fcinfo) {
  return find_twin(fcinfo, psprintf("_%s", get_func_name(fcinfo->flinfo->fn_oid)));
}

void begin_result(FunctionCallInfo fcinfo) {
  if (fcinfo->flinfo->fn_retset) InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
}

Datum run_twin(FunctionCallInfo fcinfo, const Twin& twin, bool in_active_snapshot) {
  Datum result = 0;
  with_rows(twin.sql, twin.count, twin.types, twin.values, twin.nulls, in_active_snapshot,
            [&](MemoryContext memory) {
              if (fcinfo->flinfo->fn_retset)
                put_rows(reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo));
              else
                result = only_value(fcinfo, memory);
            });
  return result;
}

void require_own_schema(Oid extension_schema) {
  List* name = list_make2(makeString(get_namespace_name(extension_schema)),
                          makeString(pstrdup("_export_leads_schema")));
  const Oid function = LookupFuncName(name, 0, nullptr, false);
  if (DatumGetObjectId(OidFunctionCall0(function)) != extension_schema)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the schema of export_leads was renamed to %s",
                           get_namespace_name(extension_schema)),
                    errhint("%s", see_check())));
}

const char* own_name(Oid extension_schema, const char* name) {
  return quote_qualified_identifier(get_namespace_name(extension_schema), name);
}

}  // namespace export_leads
