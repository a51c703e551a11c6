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

}  // namespace export_leads
