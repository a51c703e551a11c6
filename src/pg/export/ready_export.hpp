// An export whose set-up, policies and queries were inspected, and whose status is known.
#pragma once

#include "pg/export/opened_setup.hpp"
#include "pg/query/lead_planner.hpp"

namespace export_leads {

struct ReadyExport {
  const Setup& setup;
  const LeadPlanner& planner;
  const InspectedQueries& queries;
  const PlannedQuery& leads;  ///< all leads of the request
  const ExportStatus& status;
};

/// What to do with an export once it may run, in the sandbox.
struct ExportTask {
  void (*run)(ExportTask* self, const ReadyExport& ready);
};

}  // namespace export_leads
