// A finding: a reason why an export would be unsafe or impossible. An export raises the first
// finding as an error (55000); the check, export_leads_check(), lists them all. Both use the same
// inspections, so they always agree.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

struct Finding {
  const char* name;    ///< the kind of finding, as a word for programs
  const char* object;  ///< the table, policy or role it is about
  const char* detail;  ///< what is wrong, in PostgreSQL's message style; quotes no data
  /// The SQL that repairs it; nullptr where every repair would also affect other roles.
  const char* remediation;
  /// The site's policy on `object` from which exports could be exempted.
  const char* policy = nullptr;
  /// What the site has to decide. export_leads_check() appends it to the detail.
  const char* decision = nullptr;
};

/// Receives findings, and counts them.
struct FindingSink {
  void (*report)(const Finding& finding, void* state);
  void* state;
  int count;

  void operator()(const Finding& finding) {
    ++count;
    report(finding, state);
  }
};

/// A sink that raises 55000 for the first finding, with see_check() as its hint.
FindingSink raising_sink();

/// `call`, a call of one of the extension's functions, qualified with the extension's schema.
/// Without the schema, a user who runs it would call whichever function the search_path finds
/// first.
const char* own_call(const char* call);

/// The hint of every error that export_leads_check() can explain. Reads catalogs, so it must not be
/// called in an error context callback.
const char* see_check();

/// The remediation for most findings: a call of export_leads_setup(), which keeps earlier decisions
/// and puts them into effect again. `arguments` is the text between the parentheses.
const char* run_setup(const char* arguments = "");

/// The finding that the extension is not set up in this database.
Finding not_set_up();

}  // namespace export_leads
