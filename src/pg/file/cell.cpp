// Looks up how the values of a column's type are written.
#include "pg/file/cell.hpp"

namespace export_leads {
namespace {

CellKind cell_kind(Oid type) {
  switch (getBaseType(type)) {
    case INT2OID:
      return CellKind::integer2;
    case INT4OID:
      return CellKind::integer4;
    case INT8OID:
      return CellKind::integer8;
    case NUMERICOID:
      return CellKind::numeric;
    case FLOAT4OID:
      return CellKind::real;
    case FLOAT8OID:
      return CellKind::double_precision;
    case BOOLOID:
      return CellKind::boolean;
    case DATEOID:
      return CellKind::date;
    case TEXTOID:
    case VARCHAROID:
      return CellKind::text;
    case TIMESTAMPOID:
      return CellKind::timestamp;
    case TIMESTAMPTZOID:
      return CellKind::timestamptz;
    default:
      return CellKind::other;
  }
}

}  // namespace

CellColumn row_column(TupleDesc row, int attribute) {
  CellColumn column{};
  column.attribute = attribute;
  const Oid type = TupleDescAttr(row, attribute)->atttypid;
  Oid function = InvalidOid;
  bool is_varlena = false;
  getTypeOutputInfo(type, &function, &is_varlena);
  fmgr_info(function, &column.output_function);
  column.kind = cell_kind(type);
  return column;
}

CellColumn constant_column(std::string_view constant) {
  CellColumn column{};
  column.is_constant = true;
  column.constant = constant;
  return column;
}

std::int32_t seconds_east(TimestampTz moment) {
  int seconds_west = 0;
  pg_tm local{};
  fsec_t fraction = 0;
  if (timestamp2tm(moment, &seconds_west, &local, &fraction, nullptr, nullptr) != 0)
    ereport(ERROR,
            (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
  return -seconds_west;
}

std::string_view infinity_text(Timestamp time) {
  if (!TIMESTAMP_NOT_FINITE(time)) return {};
  return TIMESTAMP_IS_NOBEGIN(time) ? "-infinity" : "infinity";
}

}  // namespace export_leads
