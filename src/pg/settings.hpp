// The settings of a session (export_leads.*). None of them decides what may be read: see
// configuration.hpp.
#pragma once

#include "core/csv.hpp"
#include "pg/postgres.hpp"

namespace export_leads {

/// How the session wants its CSV written: export_leads.formula_guard.
core::Dialect session_dialect();

}  // namespace export_leads
