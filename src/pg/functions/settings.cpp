// Defines and reads the settings of a session (export_leads.*).
#include "core/csv/field.hpp"
#include "pg/functions/settings.hpp"
#include "pg/export/export_log.hpp"

namespace export_leads {
namespace {

using core::FormulaGuard;

int formula_guard_setting = static_cast<int>(FormulaGuard::on);
int csv_delimiter_setting = ',';
bool csv_bom_setting = true;
int timestamp_style_setting = static_cast<int>(TimestampStyle::iso);

// All words of a boolean setting are accepted. Only "on", "off" and "strict" are listed.
const config_enum_entry kFormulaGuardOptions[] = {
    {"on", static_cast<int>(FormulaGuard::on), false},
    {"off", static_cast<int>(FormulaGuard::off), false},
    {"strict", static_cast<int>(FormulaGuard::strict), false},
    {"true", static_cast<int>(FormulaGuard::on), true},
    {"false", static_cast<int>(FormulaGuard::off), true},
    {"yes", static_cast<int>(FormulaGuard::on), true},
    {"no", static_cast<int>(FormulaGuard::off), true},
    {"1", static_cast<int>(FormulaGuard::on), true},
    {"0", static_cast<int>(FormulaGuard::off), true},
    {nullptr, 0, false},
};

const config_enum_entry kCsvDelimiterOptions[] = {
    {"comma", ',', false},
    {"semicolon", ';', false},
    {"tab", '\t', false},
    {nullptr, 0, false},
};

const config_enum_entry kTimestampStyleOptions[] = {
    {"iso", static_cast<int>(TimestampStyle::iso), false},
    {"excel", static_cast<int>(TimestampStyle::excel), false},
    {nullptr, 0, false},
};

// Whether a value that somebody gave to log_exports was accepted while it was defined.
bool was_accepted = false;

bool note_acceptance(bool* /*value*/, void** /*extra*/, GucSource source) {
  if (source > PGC_S_DEFAULT) was_accepted = true;
  return true;
}

// Whether the session began with a value for a setting that is not defined yet.
bool began_with(const char* name) {
  if (GetConfigOption(name, true, false) == nullptr) return false;
  const char* value = GetConfigOptionResetString(name);
  return value != nullptr && value[0] != 0;
}

// Before the library is loaded, any client's connection options replace what a superuser has set
// for the database, the role or the server. PostgreSQL then drops the client's value, but the
// superuser's is lost: there has to be a log, since there may have been one.
void define_log_exports() {
  constexpr const char* kName = "export_leads.log_exports";
  const bool was_given = began_with(kName);
  DefineCustomBoolVariable(kName, "Writes a line to the server's log for each export.",
                           "It says who asked for what, how much that was, and what became of it.",
                           &log_exports_setting, false, PGC_SUSET, 0, note_acceptance, nullptr,
                           nullptr);
  if (was_given && !was_accepted) SetConfigOption(kName, "on", PGC_SUSET, PGC_S_OVERRIDE);
}

}  // namespace

void define_settings() {
  DefineCustomEnumVariable(
      "export_leads.formula_guard",
      "Writes an apostrophe before cells that a spreadsheet would run as a formula.",
      "\"strict\" also takes numbers for formulas where they begin with a sign, guards behind "
      "separators and line ends within a cell, and quotes every field.",
      &formula_guard_setting, static_cast<int>(FormulaGuard::on), kFormulaGuardOptions, PGC_USERSET,
      0, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable("export_leads.csv_delimiter", "What stands between the fields of a CSV.",
                           nullptr, &csv_delimiter_setting, ',', kCsvDelimiterOptions, PGC_USERSET,
                           0, nullptr, nullptr, nullptr);
  DefineCustomBoolVariable("export_leads.csv_bom", "Begins a CSV with a byte order mark.",
                           "Without it Excel does not read the file as UTF-8.", &csv_bom_setting,
                           true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable("export_leads.timestamp_style", "How timestamps are written in a CSV.",
                           "\"excel\" writes local time without a fraction or an offset, which "
                           "Excel reads as a date.",
                           &timestamp_style_setting, static_cast<int>(TimestampStyle::iso),
                           kTimestampStyleOptions, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  define_log_exports();
  DefineCustomStringVariable("export_leads.requested_by",
                             "The application's user for whom it exports, for the log.", nullptr,
                             &requested_by_setting, "", PGC_USERSET, 0, nullptr, nullptr, nullptr);
  MarkGUCPrefixReserved("export_leads");
}

CsvOptions session_csv_options() {
  return {{.formula_guard = static_cast<FormulaGuard>(formula_guard_setting),
           .delimiter = static_cast<char>(csv_delimiter_setting)},
          csv_bom_setting,
          static_cast<TimestampStyle>(timestamp_style_setting)};
}

}  // namespace export_leads
