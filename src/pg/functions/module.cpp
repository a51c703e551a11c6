// What PostgreSQL needs to load the module: the magic block, the session's settings, and the hooks.
#include "core/csv/field.hpp"
#include "pg/functions/settings.hpp"
#include "pg/sandbox/sandbox.hpp"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
}

// A WARNING about a setting is where a cancel would strike: the library would not be loaded, but
// its settings defined, and no later attempt could define them again.
void _PG_init(void) {
  // HOLD_INTERRUPTS() without the ++ of a volatile variable, which C++20 deprecates
  InterruptHoldoffCount = InterruptHoldoffCount + 1;
  export_leads::define_settings();
  InterruptHoldoffCount = InterruptHoldoffCount - 1;
  export_leads::forbid_side_effects(export_leads::is_exporting);
}
