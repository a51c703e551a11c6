// _export_leads_columns_read(configuration, expression) -> text[]: first numbering(); then, for
// each column that an expression over "lead", "status" and "call" reads, its table and its
// column_number(), by which exports notice that another column has its name. Where `expression` is
// NULL, the columns that the standard columns read, including full_name's.
#include "pg/query/site_expression.hpp"
#include "pg/sandbox/query_walk.hpp"
#include "pg/setup/column_identity.hpp"

extern "C" {
#include "utils/array.h"

PG_FUNCTION_INFO_V1(export_leads_columns_read);
}

namespace export_leads {
namespace {

struct ColumnsRead {
  const Configuration* configuration;
  List* texts;  // pointers to text values
};

void note(ColumnsRead& columns, const char* text) {
  columns.texts = lappend(columns.texts, cstring_to_text(text));
}

void note_column(Oid table, AttrNumber column, void* state) {
  auto* columns = static_cast<ColumnsRead*>(state);
  if (column <= InvalidAttrNumber) return;
  for (const Table which : kTables)
    if (columns->configuration->table(which) == table)
      note(*columns, psprintf("%s %s", kTableNames[static_cast<int>(which)],
                              column_number(table, get_attname(table, column, false))));
}

}  // namespace
}  // namespace export_leads

Datum export_leads_columns_read(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  const Configuration configuration = configuration_argument(PG_GETARG_HEAPTUPLEHEADER(0));
  Query* query = PG_ARGISNULL(1)
                     ? analyze_standard_columns(configuration, extension_schema(fcinfo))
                     : analyze_column(configuration, text_to_cstring(PG_GETARG_TEXT_PP(1)));
  ColumnsRead columns{&configuration, NIL};
  note(columns, numbering(configuration.tables, kTableCount));
  visit_columns(query, note_column, &columns);
  const int count = list_length(columns.texts);
  auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<std::size_t>(count)));
  for (int i = 0; i < count; ++i) values[i] = PointerGetDatum(list_nth(columns.texts, i));
  PG_RETURN_ARRAYTYPE_P(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}
