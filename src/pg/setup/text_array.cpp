// Converts arrays to lists.
#include "pg/setup/text_array.hpp"

extern "C" {
#include "utils/array.h"
}

namespace export_leads {

List* text_list(Datum array) {
  Datum* elements = nullptr;
  int count = 0;
  deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, nullptr,
                    &count);
  List* texts = NIL;
  for (int i = 0; i < count; ++i) texts = lappend(texts, TextDatumGetCString(elements[i]));
  return texts;
}

}  // namespace export_leads
