// _export_leads_number_columns(configuration) -> configuration: the same row with the current
// numbers of its columns, by which exports find the columns again after a rename.
#include "pg/setup/column_identity.hpp"
#include "pg/setup/configuration_row.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_number_columns);
}

Datum export_leads_number_columns(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
  const Configuration configuration = configuration_argument(row);
  const char* numbers[kNumberedColumnCount] = {};
  for (const FieldRule& rule : kFields)
    if (rule.field != Field::full_name)
      numbers[static_cast<int>(rule.field)] =
          column_number(configuration.table(rule.table), configuration.source(rule.field));
  for (int i = 0; i < kNamePartCount; ++i)
    numbers[kFieldCount + i] =
        column_number(configuration.table(Table::leads), configuration.name_parts[i]);
  const char* entries[kNumberedColumnCount] = {};
  int count = 0;
  for (int place = 0; place < kNumberedColumnCount; ++place)
    if (numbers[place] != nullptr)
      entries[count++] = psprintf("%s %s", numbered_as(place), numbers[place]);
  RowChange change = begin_change(row);
  set_texts(change, "column_numbers", entries, count);
  set_text(change, "numbered_in", numbering(configuration.tables, kTableCount));
  PG_RETURN_DATUM(end_change(change));
}
