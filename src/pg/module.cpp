// The module's door: the magic block and the settings that belong to a session.
#include "pg/settings.hpp"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
}

namespace export_leads {
namespace {

using core::FormulaGuard;

int formula_guard_setting = static_cast<int>(FormulaGuard::on);

// The words of a boolean setting; "on" and "off" are the ones shown.
const config_enum_entry kFormulaGuardOptions[] = {
    {"on", static_cast<int>(FormulaGuard::on), false},
    {"off", static_cast<int>(FormulaGuard::off), false},
    {"true", static_cast<int>(FormulaGuard::on), true},
    {"false", static_cast<int>(FormulaGuard::off), true},
    {"yes", static_cast<int>(FormulaGuard::on), true},
    {"no", static_cast<int>(FormulaGuard::off), true},
    {"1", static_cast<int>(FormulaGuard::on), true},
    {"0", static_cast<int>(FormulaGuard::off), true},
    {nullptr, 0, false},
};

}  // namespace

core::Dialect session_dialect() {
  return {.formula_guard = static_cast<FormulaGuard>(formula_guard_setting)};
}

}  // namespace export_leads

void _PG_init(void) {
  using namespace export_leads;
  DefineCustomEnumVariable(
      "export_leads.formula_guard",
      "Writes an apostrophe before cells that a spreadsheet would run as a formula.", nullptr,
      &formula_guard_setting, static_cast<int>(FormulaGuard::on), kFormulaGuardOptions, PGC_USERSET,
      0, nullptr, nullptr, nullptr);
  MarkGUCPrefixReserved("export_leads");
}
