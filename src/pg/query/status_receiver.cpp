// Keeps a copy of the best row, which comes first, and compares the other rows with it.
#include "pg/query/status_receiver.hpp"

#include "pg/query/receiver.hpp"

namespace export_leads {
namespace {

const char* copy_text(const StatusReceiver& receiver, const TupleTableSlot* slot,
                      StatusColumn column) {
  const auto index = static_cast<int>(column);
  if (slot->tts_isnull[index]) return nullptr;
  MemoryContext caller = MemoryContextSwitchTo(receiver.context);
  const char* copy = TextDatumGetCString(slot->tts_values[index]);
  MemoryContextSwitchTo(caller);
  return copy;
}

bool is_equal(const char* left, const char* right) {
  return left == nullptr || right == nullptr ? left == right : std::strcmp(left, right) == 0;
}

void check_tenant(const StatusReceiver& receiver, const TupleTableSlot* slot) {
  const auto tenant = static_cast<int>(StatusColumn::tenant);
  if (slot->tts_isnull[tenant] && receiver.is_everybodys) return;
  if (!receiver.tenant->key(Table::statuses)
           .matches(slot->tts_values[tenant], slot->tts_isnull[tenant]))
    raise_other_tenant();
}

bool status_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  StatusReceiver& receiver = *reinterpret_cast<StatusReceiver*>(self);
  slot_getallattrs(slot);
  check_tenant(receiver, slot);
  const FoundStatus row{copy_text(receiver, slot, StatusColumn::name),
                        copy_text(receiver, slot, StatusColumn::label),
                        copy_text(receiver, slot, StatusColumn::key),
                        DatumGetInt32(slot->tts_values[static_cast<int>(StatusColumn::rank)]),
                        false,
                        false,
                        false};
  FoundStatus& best = receiver.found;
  if (best.name == nullptr) {
    best = row;
    return true;
  }
  constexpr int kRanksOfName = 2;
  const bool is_of_name = row.rank / kRanksOfName == best.rank / kRanksOfName;
  best.has_others |= row.rank == best.rank;
  best.has_other_labels |= row.rank == best.rank && !is_equal(row.label, best.label);
  best.has_other_keys |= is_of_name && !is_equal(row.key, best.key);
  return true;
}

bool lead_status_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  LeadStatusReceiver& receiver = *reinterpret_cast<LeadStatusReceiver*>(self);
  slot_getallattrs(slot);
  if (!receiver.tenant->key(Table::leads).matches(slot->tts_values[0], slot->tts_isnull[0]))
    raise_other_tenant();
  ++receiver.count;
  return true;
}

}  // namespace

StatusReceiver make_status_receiver(const Configuration& configuration, const Tenant* tenant) {
  StatusReceiver receiver{};
  receiver.pub = make_receiver(status_receiver_receive);
  receiver.tenant = tenant;
  receiver.is_everybodys =
      configuration.status_defaults || configuration.source(Field::status_tenant) == nullptr;
  receiver.context = CurrentMemoryContext;
  return receiver;
}

LeadStatusReceiver make_lead_status_receiver(const Tenant* tenant) {
  LeadStatusReceiver receiver{};
  receiver.pub = make_receiver(lead_status_receiver_receive);
  receiver.tenant = tenant;
  return receiver;
}

}  // namespace export_leads
