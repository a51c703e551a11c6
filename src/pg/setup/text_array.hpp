// Arrays of texts, as the extension's own tables hold them.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

/// The texts of a text[] without NULLs, as C strings.
List* text_list(Datum array);

}  // namespace export_leads
