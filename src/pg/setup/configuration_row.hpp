// A row of the configuration table with other values in some of its columns.
#pragma once

#include "pg/setup/configuration.hpp"

namespace export_leads {

struct RowChange {
  HeapTupleData row;
  TupleDesc description;
  Datum* values;
  bool* nulls;
};
static_assert(std::is_trivially_destructible_v<RowChange>);

RowChange begin_change(HeapTupleHeader row);

/// nullptr for NULL; texts of which there is none become an empty array. These raise XX000 for a
/// column that the row does not have.
void set_text(RowChange& change, const char* column, const char* text);
void set_texts(RowChange& change, const char* column, const char* const* texts, int count);

/// The row as it has become.
Datum end_change(RowChange& change);

}  // namespace export_leads
