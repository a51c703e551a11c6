#include "pg/finding.hpp"

namespace export_leads {
namespace {

void raise(const Finding& finding, void*) {
  ereport(
      ERROR,
      (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s", finding.detail),
       errhint("\"SELECT * FROM export_leads_check()\" shows what is wrong and how to mend it.")));
}

}  // namespace

FindingSink raising_sink() { return {raise, nullptr, 0}; }

}  // namespace export_leads
