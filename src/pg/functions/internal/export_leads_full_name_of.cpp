// _export_leads_full_name_of(columns text[]) -> text: full_name_expression() for SQL.
#include "pg/setup/configuration.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_full_name_of);
}

Datum export_leads_full_name_of(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  Datum* elements = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
                    &count);
  const char* parts[kNamePartCount] = {};
  for (int i = 0; i < Min(count, kNamePartCount); ++i)
    if (!nulls[i]) parts[i] = TextDatumGetCString(elements[i]);
  PG_RETURN_TEXT_P(cstring_to_text(full_name_expression(parts)));
}
