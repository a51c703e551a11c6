// Exports on whichever node has the tenant's rows, where Citus has spread the tables. A node that
// has not passes the call on: Citus runs _export_leads_at() where the rows are.
#pragma once

#include "pg/export/lead_export.hpp"
#include "pg/file/format.hpp"
#include "pg/guard/seal.hpp"

namespace export_leads {

/// write_export() in a format, on the node that has the tenant's rows.
WrittenExport write_file(Oid extension_schema, const Request& request, const Format& format,
                         const CsvOptions& options, OutputBuffer* output);

/// How many leads an export would hold, and explain_export(), on the node that has the rows.
std::int64_t count_leads(Oid extension_schema, const Request& request);
const char* explain_leads(Oid extension_schema, const Request& request, bool run);

/// The settings of the session that decide what a file holds, and how long it waits for a lock. A
/// call takes their values along, in this order.
inline constexpr const char* kPassedSettings[] = {"TimeZone",
                                                  "export_leads.formula_guard",
                                                  "export_leads.csv_delimiter",
                                                  "export_leads.csv_bom",
                                                  "export_leads.timestamp_style",
                                                  "lock_timeout"};
inline constexpr int kPassedSettingCount = 6;

/// A call that is passed on.
struct PassedCall {
  TimestampTz issued_at;
  Request request;
  const char* wanted;  ///< the name of a format, "count", "explain" or "explain run"
  const char* settings[kPassedSettingCount];
};
static_assert(std::is_trivially_destructible_v<PassedCall>);

/// How long after it was issued a call is taken, by the clocks of both nodes. Whoever makes a call
/// can see it, with its seal, and could make it again later.
inline constexpr int kMinutesOfCall = 5;

/// The seal of a call by the current user; raises what seal_of() raises.
Seal seal_of_call(Oid extension_schema, const PassedCall& call);

/// Does here what is wanted, and writes it to `output`. Raises what write_export() raises.
WrittenExport run_passed_call(Oid extension_schema, const PassedCall& call,
                              const CsvOptions& options, OutputBuffer* output);

/// Whether the rows of the call's tenant are on this node.
bool is_here(Oid extension_schema, const Request& request);

/// The last row of _export_leads_at(): what the other rows are. It is the only one, and kMoved,
/// where the tenant's rows are no longer on the node.
const char* describe_written(const WrittenExport& written);
inline constexpr const char* kMoved = "moved";

}  // namespace export_leads
