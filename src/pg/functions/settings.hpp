// The settings of a session (export_leads.*). None of them decides what may be read: see
// configuration.hpp.
#pragma once

#include "pg/file/csv_writer.hpp"

namespace export_leads {

/// Makes them known to PostgreSQL, once.
void define_settings();

/// How the session wants its CSV written.
CsvOptions session_csv_options();

}  // namespace export_leads
