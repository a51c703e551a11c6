// A reason why an export would be unsafe or impossible. An export raises the first one (55000); the
// doctor, export_leads_check(), lists them all. Both come from the same inspections, so neither can
// know more.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

struct Finding {
  const char* name;    ///< what kind it is: a word for programs
  const char* object;  ///< which table, policy or role
  const char* detail;  ///< what is wrong, in PostgreSQL's message style; quotes no data
  /// The SQL that mends it; nullptr where there is none that changes nothing for other roles.
  const char* remediation;
  const char* policy = nullptr;    ///< the site's policy on `object` that is to exempt exports
  const char* decision = nullptr;  ///< what there is to decide, which the doctor adds to the detail
};

/// Who takes the findings, and how many there were.
struct FindingSink {
  void (*report)(const Finding& finding, void* state);
  void* state;
  int count;

  void operator()(const Finding& finding) {
    ++count;
    report(finding, state);
  }
};

/// A sink that raises 55000 for the first finding, with a hint to the doctor.
FindingSink raising_sink();

/// A call of one of the extension's functions, with the extension's schema before it: without one
/// it would be a call of whatever function the search_path of whoever runs it finds first.
const char* own_call(const char* call);

/// The hint of every error that a finding explains. Reads catalogs: not for an error's callback.
const char* see_doctor();

/// What mends most: set-up, which keeps what was decided and makes it so again. `arguments` are as
/// they stand between the parentheses.
const char* run_setup(const char* arguments = "");

/// The finding that nothing was set up.
Finding not_set_up();

}  // namespace export_leads
