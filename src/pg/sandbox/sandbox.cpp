// Switches the user and the settings, and holds the tenant that the policies ask for.
#include "pg/sandbox/sandbox.hpp"

#include "pg/sandbox/session_guard.hpp"

extern "C" {
#include "access/parallel.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
}

namespace export_leads {
namespace {

// The state of this backend's export; only one can run at a time.
bool is_running = false;
const char* current_tenant = nullptr;
const char* current_caller = nullptr;

struct Setting {
  const char* name;
  const char* value;
};

constexpr Setting kPinnedSettings[] = {
    // what may be read
    {"row_security", "on"},
    {"gin_fuzzy_search_limit", "0"},
    // what a name or a literal means
    {"search_path", "pg_catalog, pg_temp"},
    {"standard_conforming_strings", "on"},
    {"backslash_quote", "safe_encoding"},
    {"transform_null_equals", "off"},
    {"timezone_abbreviations", "Default"},
    {"default_text_search_config", "pg_catalog.simple"},
    {"array_nulls", "on"},
    {"quote_all_identifiers", "off"},
    // how a value is printed
    {"DateStyle", "ISO, YMD"},
    {"IntervalStyle", "postgres"},
    {"bytea_output", "hex"},
    {"extra_float_digits", "1"},
    {"xmlbinary", "base64"},
    {"xmloption", "content"},
    {"lc_monetary", "C"},
    {"lc_numeric", "C"},
    {"lc_time", "C"},
    // what costs more than it saves: most exports take less time than JIT compilation
    {"jit", "off"},
    // what goes to the server log: plans contain the tenant's values
    {"debug_print_parse", "off"},
    {"debug_print_rewritten", "off"},
    {"debug_print_plan", "off"},
};

// The RUM extension's counterpart of gin_fuzzy_search_limit, which limits what an index scan finds.
// The setting exists once the session has loaded the extension's library.
void pin_rum_limit() {
  constexpr const char* kRumLimit = "rum_fuzzy_search_limit";
  if (GetConfigOption(kRumLimit, true, false) != nullptr) pin(kRumLimit, "0");
}

// PostgreSQL's default is meant for spinning disks and tables that are not in memory. With it, the
// planner sorts and hashes instead of reading an index in order, and exports take twice as long. A
// site's own value, which it may have measured, is kept.
void pin_cost_of_indexes() {
  if (random_page_cost == DEFAULT_RANDOM_PAGE_COST) pin("random_page_cost", "1.1");
}

}  // namespace

bool is_exporting() { return is_running; }

void begin_export() {
  if (IsParallelWorker())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("exports cannot run in a parallel worker"),
                    errhint("Mark the function that calls the export PARALLEL UNSAFE.")));
  if (is_running)
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_IN_USE), errmsg("an export is already running in this session"),
             errhint("An export cannot be called from a policy, a function or an expression that "
                     "an export itself evaluates.")));
  hold_advisory_locks();
  is_running = true;
}

void begin_export_in_worker() { is_running = true; }

void end_export() {
  is_running = false;
  current_tenant = nullptr;
  current_caller = nullptr;
}

void set_tenant(const char* tenant) { current_tenant = tenant; }

const char* running_tenant() { return current_tenant; }

void set_caller(const char* role) { current_caller = role; }

const char* running_caller() { return current_caller; }

// Setting a value, even the current one, costs more than comparing it: timezone_abbreviations, for
// example, reads a file each time.
void pin(const char* name, const char* value) {
  const char* current = GetConfigOption(name, false, false);
  if (current != nullptr && std::strcmp(current, value) == 0) return;
  (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void pin_settings() {
  for (const Setting& setting : kPinnedSettings) pin(setting.name, setting.value);
  pin_rum_limit();
  pin_cost_of_indexes();
}

void pin_time_zone(const char* zone) { pin("TimeZone", zone); }

Sandbox enter_sandbox(Oid role) {
  Sandbox sandbox{};
  sandbox.guc_level = NewGUCNestLevel();
  pin_settings();
  // Not by the setting transaction_read_only: PostgreSQL 16 does not always let a function change
  // it. An abort of the (sub)transaction restores this variable too.
  sandbox.was_read_only = XactReadOnly;
  XactReadOnly = true;
  GetUserIdAndSecContext(&sandbox.user, &sandbox.security_context);
  SetUserIdAndSecContext(role, sandbox.security_context | SECURITY_LOCAL_USERID_CHANGE |
                                   SECURITY_RESTRICTED_OPERATION);
  return sandbox;
}

void forget_settings(int guc_level) {
  // Before PostgreSQL 16, RESET can make a read-only transaction writable.
  if (!XactReadOnly)
    ereport(ERROR,
            (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
             errmsg("a policy or an expression made the transaction of an export writable")));
  // With true instead of false, a SET in a policy's code would stay in effect in the caller's
  // session.
  AtEOXact_GUC(false, guc_level);
}

void leave_sandbox(const Sandbox& sandbox) {
  forget_settings(sandbox.guc_level);
  XactReadOnly = sandbox.was_read_only;
  SetUserIdAndSecContext(sandbox.user, sandbox.security_context);
}

void check_nothing_written(CommandId before) {
  CommandCounterIncrement();
  if (GetCurrentCommandId(false) != before)
    ereport(ERROR, (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
                    errmsg("a policy or an expression wrote something during an export")));
}

}  // namespace export_leads
