// What PostgreSQL needs to load the module: the magic block, the session's settings, and the hooks.
#include "core/csv/field.hpp"
#include "pg/functions/settings.hpp"
#include "pg/sandbox/sandbox.hpp"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
  export_leads::define_settings();
  export_leads::forbid_side_effects(export_leads::is_exporting);
}
