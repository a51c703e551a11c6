// Splits a row into its values, changes some, and forms a new row.
#include "pg/setup/configuration_row.hpp"

extern "C" {
#include "utils/array.h"
#include "utils/typcache.h"
}

namespace export_leads {
namespace {

void set(RowChange& change, const char* column, Datum value, bool is_null) {
  for (int i = 0; i < change.description->natts; ++i) {
    if (std::strcmp(NameStr(TupleDescAttr(change.description, i)->attname), column) != 0) continue;
    change.values[i] = value;
    change.nulls[i] = is_null;
    return;
  }
  elog(ERROR, "a configuration has no column \"%s\"", column);
}

}  // namespace

RowChange begin_change(HeapTupleHeader row) {
  RowChange change{};
  change.row.t_len = HeapTupleHeaderGetDatumLength(row);
  change.row.t_data = row;
  change.description =
      lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
  const auto columns = static_cast<std::size_t>(change.description->natts);
  change.values = static_cast<Datum*>(palloc(sizeof(Datum) * columns));
  change.nulls = static_cast<bool*>(palloc(sizeof(bool) * columns));
  heap_deform_tuple(&change.row, change.description, change.values, change.nulls);
  return change;
}

void set_text(RowChange& change, const char* column, const char* text) {
  set(change, column, text == nullptr ? 0 : CStringGetTextDatum(text), text == nullptr);
}

void set_texts(RowChange& change, const char* column, const char* const* texts, int count) {
  bool is_empty = true;
  for (int i = 0; i < count; ++i) is_empty &= texts[i] == nullptr;
  if (is_empty) count = 0;
  const auto size = static_cast<std::size_t>(count);
  auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * size));
  auto* nulls = static_cast<bool*>(palloc(sizeof(bool) * size));
  for (int i = 0; i < count; ++i) {
    nulls[i] = texts[i] == nullptr;
    values[i] = nulls[i] ? 0 : CStringGetTextDatum(texts[i]);
  }
  int lower = 1;
  ArrayType* array = is_empty ? construct_empty_array(TEXTOID)
                              : construct_md_array(values, nulls, 1, &count, &lower, TEXTOID, -1,
                                                   false, TYPALIGN_INT);
  set(change, column, PointerGetDatum(array), false);
}

Datum end_change(RowChange& change) {
  return HeapTupleGetDatum(heap_form_tuple(change.description, change.values, change.nulls));
}

}  // namespace export_leads
