// Turns the first finding into an error.
#include "pg/finding.hpp"

namespace export_leads {
namespace {

void raise(const Finding& finding, void*) {
  ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", finding.detail),
                  errhint("%s", kSeeDoctor)));
}

}  // namespace

FindingSink raising_sink() { return {raise, nullptr, 0}; }

Finding not_set_up() {
  return {"not_set_up", "export_leads", "export_leads is not set up in this database", kRunSetup};
}

}  // namespace export_leads
