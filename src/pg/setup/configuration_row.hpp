// Changes the values of some columns in a copy of a row of the configuration table.
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

/// Begins with the values of `row`.
RowChange begin_change(HeapTupleHeader row);

/// Set a column to a text (nullptr: NULL), or to an array of texts (an empty one where all are
/// nullptr). They raise XX000 where the row has no such column.
void set_text(RowChange& change, const char* column, const char* text);
void set_texts(RowChange& change, const char* column, const char* const* texts, int count);

/// The changed row, as a composite value.
Datum end_change(RowChange& change);

}  // namespace export_leads
