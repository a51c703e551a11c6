// Checks each row's tenant, hands the row to the writer, and reports the progress.
#include "pg/export/row_receiver.hpp"

#include "pg/export/progress.hpp"
#include "pg/query/lead_query.hpp"

namespace export_leads {
namespace {

// The last line of defence: an error here means that row security and the query's own conditions
// have both failed.
void check_tenants(const RowReceiver& receiver, const TupleTableSlot* slot) {
  const auto lead = static_cast<int>(LeadColumn::lead_tenant);
  const auto call = static_cast<int>(LeadColumn::call_tenant);
  const bool is_leads =
      receiver.tenant->key(Table::leads).matches(slot->tts_values[lead], slot->tts_isnull[lead]);
  const bool is_calls = slot->tts_isnull[call] ||
                        receiver.tenant->key(Table::calls).matches(slot->tts_values[call], false);
  if (!is_leads || !is_calls) raise_other_tenant();
}

RowReceiver& row_receiver(DestReceiver* receiver) {
  return *reinterpret_cast<RowReceiver*>(receiver);
}

bool row_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  RowReceiver& receiver = row_receiver(self);
  MemoryContext caller = MemoryContextSwitchTo(receiver.row_context);
  slot_getallattrs(slot);
  check_tenants(receiver, slot);
  receiver.writer->write(receiver.writer, slot);
  MemoryContextSwitchTo(caller);
  MemoryContextReset(receiver.row_context);
  report_progress(++receiver.count, receiver.writer);
  return true;
}

void row_receiver_startup(DestReceiver* self, int, TupleDesc row) {
  RowReceiver& receiver = row_receiver(self);
  MemoryContext caller = MemoryContextSwitchTo(receiver.context);
  const FileColumns& file = *receiver.columns;
  auto* columns =
      static_cast<CellColumn*>(palloc(sizeof(CellColumn) * static_cast<std::size_t>(file.count)));
  int attribute = kTenantColumnCount;
  for (int i = 0; i < file.count; ++i) {
    const FileColumn& column = file.columns[i];
    if (column.source == ColumnSource::expression && attribute < row->natts)
      columns[i] = row_column(row, attribute++);
    else
      columns[i] =
          constant_column(column.source == ColumnSource::status_name ? receiver.status.name
                                                                     : receiver.status.label);
    columns[i].header = column.header;
    columns[i].width = column.width;
  }
  if (attribute != row->natts) elog(ERROR, "a lead has %d columns", row->natts);
  receiver.writer->begin(receiver.writer,
                         {{columns, file.count}, receiver.status.label, receiver.right_to_left});
  MemoryContextSwitchTo(caller);
}

void row_receiver_shutdown(DestReceiver* self) {
  RowReceiver& receiver = row_receiver(self);
  MemoryContext caller = MemoryContextSwitchTo(receiver.context);
  receiver.writer->end(receiver.writer);
  MemoryContextSwitchTo(caller);
}

void row_receiver_destroy(DestReceiver*) {}

}  // namespace

RowReceiver make_row_receiver(RecordWriter* writer, const ReadyExport& ready) {
  RowReceiver receiver{};
  receiver.pub.receiveSlot = row_receiver_receive;
  receiver.pub.rStartup = row_receiver_startup;
  receiver.pub.rShutdown = row_receiver_shutdown;
  receiver.pub.rDestroy = row_receiver_destroy;
  receiver.pub.mydest = DestCopyOut;
  receiver.writer = writer;
  receiver.tenant = ready.planner.tenant;
  receiver.columns = &ready.planner.columns;
  receiver.status = ready.status.shown;
  receiver.right_to_left = ready.planner.configuration.right_to_left;
  receiver.context = CurrentMemoryContext;
  receiver.row_context =
      AllocSetContextCreate(CurrentMemoryContext, "export_leads row", ALLOCSET_DEFAULT_SIZES);
  return receiver;
}

}  // namespace export_leads
