// The cells of a row: how the values of a column become text, numbers or moments.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The types that a format writes in its own way; what is other is what the output function says.
enum class CellKind {
  integer2,
  integer4,
  integer8,
  numeric,
  real,
  double_precision,
  boolean,
  date,
  text,
  timestamp,
  timestamptz,
  other
};

/// A column of a file: the same text in every record, or an attribute of the rows.
struct CellColumn {
  const char* header;
  std::uint32_t width;  ///< of a sheet's column, in characters
  bool is_constant;
  std::string_view constant;
  int attribute;  ///< the index in a row
  CellKind kind;
  FmgrInfo output_function;
};

/// Makes a column, but for its header and width, of the attribute `attribute` of rows. What it
/// needs lives in the current memory context.
CellColumn row_column(TupleDesc row, int attribute);

/// Makes a column that is `constant` in every record.
CellColumn constant_column(std::string_view constant);

/// An integer's value; `kind` must be one of the three.
inline std::int64_t integer_value(CellKind kind, Datum value) {
  switch (kind) {
    case CellKind::integer2:
      return DatumGetInt16(value);
    case CellKind::integer4:
      return DatumGetInt32(value);
    default:
      return DatumGetInt64(value);
  }
}

/// How many seconds local time in the session's zone is ahead of UTC at that moment, which is
/// finite. Raises 22008 where local time is out of range.
std::int32_t seconds_east(TimestampTz moment);

/// PostgreSQL's own words for the infinities; empty for a finite time.
std::string_view infinity_text(Timestamp time);

}  // namespace export_leads
