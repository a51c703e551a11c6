// The settings of a session (export_leads.*). None of them affects which leads may be read; what
// does is in configuration.hpp.
#pragma once

#include "pg/file/csv_writer.hpp"

namespace export_leads {

/// Defines the settings. To be called once, when the library is loaded.
void define_settings();

/// The session's settings for CSV.
CsvOptions session_csv_options();

}  // namespace export_leads
