// The parallel workers of a large export, and what they send: each makes the records of some ranges
// and sends them to the leader, through a queue of its own in shared memory.
#pragma once

#include "pg/export/range_queue.hpp"
#include "pg/export/ready_export.hpp"
#include "pg/file/csv_writer.hpp"

extern "C" {
#include "access/parallel.h"
#include "storage/shm_mq.h"
}

namespace export_leads {

/// What a worker is to do. It must find the same configuration, columns and status as the leader,
/// which `findings` describes; else it takes no range.
struct TeamOrder {
  Oid extension_schema;
  Oid tables[kTableCount];  ///< that the leader reads
  Request request;
  CsvOptions options;
  const char* findings;
};

/// Describes what an export has found that is not of its snapshot.
const char* describe_findings(const ReadyExport& ready);

struct ExportTeam {
  ParallelContext* context;
  RangeQueue* ranges;
  int workers;             ///< how many were launched
  shm_mq_handle** queues;  ///< of each worker; nullptr for one that has ended
  int* at;  ///< of each worker the range that it has sent a part of, but not the last one; or -1
  bool* is_done;  ///< of each worker, whether it has said that all its guards let it pass
};

/// Enters parallel mode and launches workers, as the current user and with the current settings and
/// snapshot. There may be none to be had.
ExportTeam start_team(const TeamOrder& order, int workers);

/// Something that a worker has made: records of a range.
struct RangePart {
  std::int32_t range;
  bool is_last;        ///< whether the range ends with it
  std::int64_t leads;  ///< of the whole range; where it is the last
};

/// Takes the parts that the workers have sent by now. Those of a range that is not wanted yet stay
/// in the worker's queue, and the worker waits.
struct PartReceiver {
  bool (*wants)(PartReceiver* self, int range);
  void (*take)(PartReceiver* self, const RangePart& part, std::string_view records);
};
void receive_parts(ExportTeam& team, PartReceiver* receiver);

/// Waits until a worker has sent something, or is gone. Raises XX000 where none will send any more.
void wait_for_parts(ExportTeam& team);

/// Waits for the workers to end and leaves parallel mode. Raises what a worker has raised, and
/// XX000 where one did not finish.
void end_team(ExportTeam& team, PartReceiver* receiver);

/// A worker's side.
struct TeamMember {
  TeamOrder order;
  RangeQueue* ranges;
  shm_mq_handle* queue;
};
TeamMember join_team(dsm_segment* segment, shm_toc* contents);
void send_part(const TeamMember& member, const RangePart& part, std::string_view records);

/// Says that the worker's ranges were made under guards that have let it pass to the end.
void send_done(const TeamMember& member);

}  // namespace export_leads
