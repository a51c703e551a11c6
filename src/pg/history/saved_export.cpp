// Exports first, with the guards and the snapshot of every export, and keeps the file then: nothing
// can be written while the leads are read.
#include "core/csv/field.hpp"
#include "pg/history/saved_export.hpp"
#include "pg/export/passed_export.hpp"
#include "pg/history/kept_file.hpp"

namespace export_leads {

SavedExport save_export(Oid extension_schema, const SaveRequest& save) {
  PreventCommandIfReadOnly("export_leads_save()");
  require_history_here();
  const TimestampTz started_at = GetCurrentTimestamp();
  PieceStore store = make_piece_store(*save.format);
  OutputBuffer output = make_output_pieces(&store.pub);
  SavedExport saved{};
  saved.written = write_file(extension_schema, save.request, *save.format, save.options, &output);
  give_last_piece(output);
  pfree(output.value);
  saved.filename = make_filename(save.request.status, *save.format, saved.written.day);
  TenantCall call{};
  begin_tenant_call(call, extension_schema, save.request.tenant, save.request.caller.on_behalf_of);
  saved.export_id = keep_file(call,
                              {&save.request, save.format, save.export_id, save.requested_by,
                               started_at, saved.written.lead_count, saved.filename},
                              store);
  end_tenant_call(call);
  return saved;
}

}  // namespace export_leads
