// Reads arrays of texts, as they are stored in the extension's own tables.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The elements of a text[] as C strings; none of them may be NULL.
List* text_list(Datum array);

}  // namespace export_leads
