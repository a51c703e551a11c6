// The columns of a file, and how their values become cells: text, numbers or times.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The kinds of values that a format may write in a way of its own. A value of the kind `other` is
/// written as its type's output function prints it.
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

/// A column of a file: a text that is the same in every record, or an attribute of the rows.
struct CellColumn {
  const char* header;
  std::uint32_t width;  ///< the width of a sheet's column, in characters
  bool is_constant;
  std::string_view constant;
  int attribute;  ///< the attribute's index in a row, from 0
  CellKind kind;
  FmgrInfo output_function;
};

/// Makes a column, without header and width, from the attribute `attribute` (from 0) of rows.
/// Allocates in the current memory context.
CellColumn row_column(TupleDesc row, int attribute);

/// Makes a column, without header and width, that is `constant` in every record.
CellColumn constant_column(std::string_view constant);

/// The value of an integer; `kind` must be one of the three integer kinds.
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

/// How many seconds local time in the session's time zone is ahead of UTC at `moment`, which must
/// be finite. Raises 22008 where local time is out of range.
std::int32_t seconds_east(TimestampTz moment);

/// PostgreSQL's text for an infinite time; empty for a finite one.
std::string_view infinity_text(Timestamp time);

}  // namespace export_leads
