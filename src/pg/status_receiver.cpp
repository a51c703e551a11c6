// Keeps copies of one row's texts.
#include "pg/status_receiver.hpp"

namespace export_leads {
namespace {

const text* copy_text(const StatusReceiver& receiver, const TupleTableSlot* slot,
                      StatusColumn column) {
  const auto index = static_cast<int>(column);
  if (slot->tts_isnull[index]) return nullptr;
  MemoryContext caller = MemoryContextSwitchTo(receiver.context);
  const text* copy = DatumGetTextPCopy(slot->tts_values[index]);
  MemoryContextSwitchTo(caller);
  return copy;
}

bool status_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  StatusReceiver& receiver = *reinterpret_cast<StatusReceiver*>(self);
  slot_getallattrs(slot);
  const auto tenant = static_cast<int>(StatusColumn::tenant);
  if (!receiver.tenant->key(Table::statuses)
           .matches(slot->tts_values[tenant], slot->tts_isnull[tenant]))
    raise_other_tenant();
  receiver.name = copy_text(receiver, slot, StatusColumn::name);
  receiver.label = copy_text(receiver, slot, StatusColumn::label);
  return true;
}

void status_receiver_startup(DestReceiver*, int, TupleDesc) {}
void status_receiver_shutdown(DestReceiver*) {}
void status_receiver_destroy(DestReceiver*) {}

}  // namespace

StatusReceiver make_status_receiver(const Tenant* tenant) {
  StatusReceiver receiver{};
  receiver.pub.receiveSlot = status_receiver_receive;
  receiver.pub.rStartup = status_receiver_startup;
  receiver.pub.rShutdown = status_receiver_shutdown;
  receiver.pub.rDestroy = status_receiver_destroy;
  receiver.pub.mydest = DestCopyOut;
  receiver.tenant = tenant;
  receiver.context = CurrentMemoryContext;
  return receiver;
}

}  // namespace export_leads
