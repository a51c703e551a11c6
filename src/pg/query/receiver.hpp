// Makes the destination of a query's rows from the one function that does something.
#pragma once

#include "pg/postgres.hpp"

namespace export_leads {

inline DestReceiver make_receiver(bool (*receive)(TupleTableSlot*, DestReceiver*)) {
  return {receive, [](DestReceiver*, int, TupleDesc) {}, [](DestReceiver*) {}, [](DestReceiver*) {},
          DestCopyOut};
}

}  // namespace export_leads
