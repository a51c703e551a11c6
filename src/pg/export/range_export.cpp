// Makes the ranges, and joins them.
#include "core/csv/field.hpp"
#include "pg/export/range_export.hpp"

#include "pg/export/export_team.hpp"
#include "pg/export/lead_export.hpp"
#include "pg/query/receiver.hpp"
#include "pg/sandbox/sandbox.hpp"
#include "pg/sandbox/snapshot_age.hpp"

#include <algorithm>
#include <iterator>

extern "C" {
PGDLLEXPORT void export_leads_export_ranges(dsm_segment* segment, shm_toc* contents);
}

namespace export_leads {
namespace {

// Leads between two times in which the leader looks for what the workers have sent.
constexpr std::int64_t kLeadsBetweenLooks = 64;

// How many bytes of a range the leader keeps whose turn has not come yet. Who makes more waits.
constexpr std::size_t kEarlyBytes = 4 * 1024 * 1024;

// The leads of one range at a time.
struct RangeQuery {
  PlannedQuery leads;
  CreationBounds whole;  // of the request
  const RangeQueue* ranges;
};

CreationBounds bounds_of_range(const RangeQuery& query, int range) {
  CreationBounds bounds = query.whole;
  if (query.ranges->oldest[range] != kOldestOfAll)
    bounds.from = Int64GetDatum(query.ranges->oldest[range]);
  if (range > 0) bounds.to = Int64GetDatum(query.ranges->oldest[range - 1]);
  return bounds;
}

// The planner knows the bounds of the first range as an example.
RangeQuery plan_ranges(const ReadyExport& ready, const RangeQueue& ranges, int first) {
  LeadPlanner planner = ready.planner;
  CreationRange& created = planner.created;
  if (!created.has_from) created.from = DT_NOBEGIN;
  if (!created.has_to) created.to = DT_NOEND;
  created.has_from = created.has_to = created.changes = true;
  InspectedQueries queries = prepare_leads(planner);
  RangeQuery query{{}, bounds_of(queries.per_lead.text), &ranges};
  bind_bounds(queries.per_lead.text, bounds_of_range(query, first));
  query.leads = plan_leads(planner, queries, ready.status);
  if (reads_unlocked(ready.setup.tables, query.leads.plan))
    raise_concurrent_change("the partitions or children of a table");
  // A value of an enum may have been renamed since the status was decided.
  if (!is_same_status(query.leads.text, ready.leads.text)) raise_concurrent_change("the status");
  return query;
}

// Gives the rows of all ranges to one RowReceiver.
struct RangeReceiver {
  DestReceiver pub;
  RowReceiver* rows;
  void (*look)(RangeReceiver* self);  // called now and then; nullptr for nothing to do
};

bool range_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  auto& receiver = *reinterpret_cast<RangeReceiver*>(self);
  const bool goes_on = receiver.rows->pub.receiveSlot(slot, &receiver.rows->pub);
  const auto& writer = *reinterpret_cast<CsvWriter*>(receiver.rows->writer);
  const bool is_time = receiver.rows->count % kLeadsBetweenLooks == 0 ||
                       (writer.output != writer.file && writer.output->used > kEarlyBytes);
  if (receiver.look != nullptr && is_time) receiver.look(&receiver);
  return goes_on;
}

void begin_rows(RowReceiver& rows, const PlannedQuery& leads) {
  rows.pub.rStartup(&rows.pub, CMD_SELECT, ExecCleanTypeFromTL(leads.plan->planTree->targetlist));
}

// Writes the leads of a range to `output` and returns how many there are.
std::int64_t write_range(const RangeQuery& query, int range, OutputBuffer* output,
                         RangeReceiver& receiver) {
  const CreationBounds bounds = bounds_of_range(query, range);
  set_changing(query.leads, bounds.from, bounds.to);
  reinterpret_cast<CsvWriter*>(receiver.rows->writer)->output = output;
  const std::int64_t before = receiver.rows->count;
  run_query(query.leads, &receiver.pub);
  return receiver.rows->count - before;
}

// The leader's side: puts the ranges into the file in their order.
struct Leader {
  RangeReceiver receiver;
  PartReceiver parts;
  ExportTeam* team;
  MemoryContext context;  // for what lives as long as the export
  OutputBuffer* file;
  int written;  // how many ranges are in the file
  int own;      // the range that the leader makes
  // Records of ranges whose turn has not come yet.
  OutputBuffer* early[RangeQueue::kMaximum];
  bool is_complete[RangeQueue::kMaximum];
};
static_assert(std::is_standard_layout_v<Leader>);

Leader& leader_of_parts(PartReceiver* parts) {
  return *reinterpret_cast<Leader*>(reinterpret_cast<char*>(parts) - offsetof(Leader, parts));
}

// Where the next records of a range go: into the file if it is their turn.
OutputBuffer* output_of(Leader& leader, int range) {
  OutputBuffer*& early = leader.early[range];
  if (early != nullptr || range == leader.written) return early != nullptr ? early : leader.file;
  early = static_cast<OutputBuffer*>(palloc(sizeof(OutputBuffer)));
  *early = make_output_buffer();
  return early;
}

void put_early(Leader& leader, int range) {
  OutputBuffer*& early = leader.early[range];
  if (early == nullptr) return;
  append(*leader.file, {early->value + VARHDRSZ, early->used - VARHDRSZ});
  give_pieces(*leader.file);
  pfree(early->value);
  pfree(early);
  early = nullptr;
}

void end_range(Leader& leader, int range) {
  leader.is_complete[range] = true;
  const int before = leader.written;
  while (leader.written < leader.team->ranges->added && leader.is_complete[leader.written])
    put_early(leader, leader.written++);
  if (leader.written != before) count_written(*leader.team->ranges, leader.written);
}

void take_part(PartReceiver* self, const RangePart& part, std::string_view records) {
  Leader& leader = leader_of_parts(self);
  if (part.range == leader.written) put_early(leader, part.range);
  OutputBuffer* output = output_of(leader, part.range);
  append(*output, records);
  give_pieces(*output);
  if (!part.is_last) return;
  leader.receiver.rows->count += part.leads;
  end_range(leader, part.range);
}

// Whether the leader still wants records of a range: in its turn, or while there are few.
bool wants_part(PartReceiver* self, int range) {
  const Leader& leader = leader_of_parts(self);
  const OutputBuffer* early = leader.early[range];
  return range == leader.written || early == nullptr || early->used <= kEarlyBytes;
}

// Looks for parts, until there is room for more records of the leader's own range.
void look_for_parts(RangeReceiver* receiver) {
  Leader& leader = *reinterpret_cast<Leader*>(receiver);
  MemoryContext query = MemoryContextSwitchTo(leader.context);
  receive_parts(*leader.team, &leader.parts);
  while (!wants_part(&leader.parts, leader.own)) {
    wait_for_parts(*leader.team);
    receive_parts(*leader.team, &leader.parts);
  }
  if (leader.own == leader.written) {
    put_early(leader, leader.own);
    reinterpret_cast<CsvWriter*>(receiver->rows->writer)->output = leader.file;
  }
  MemoryContextSwitchTo(query);
}

void make_ranges(Leader& leader, const ReadyExport& ready) {
  RangeQueue& ranges = *leader.team->ranges;
  RangeQuery query = plan_ranges(ready, ranges, 0);
  begin_rows(*leader.receiver.rows, query.leads);
  while (leader.written < ranges.added) {
    receive_parts(*leader.team, &leader.parts);
    leader.own = take_range(ranges);
    if (leader.own >= 0) {
      (void)write_range(query, leader.own, output_of(leader, leader.own), leader.receiver);
      end_range(leader, leader.own);
    } else if (leader.written < ranges.added) {
      wait_for_parts(*leader.team);
    }
  }
}

// A worker's side.
struct MemberTask {
  ExportTask pub;
  const TeamMember* member;
};

struct PartSink {
  PieceSink pub;
  const TeamMember* member;
  int range;
};

void send_piece(PieceSink* self, const char* bytes, std::size_t size) {
  const auto& sink = *reinterpret_cast<const PartSink*>(self);
  send_part(*sink.member, {sink.range, false, 0}, {bytes, size});
}

void send_range(const RangeQuery& query, PartSink& sink, OutputBuffer& output,
                RangeReceiver& receiver) {
  output.used = VARHDRSZ;  // what is left of the header, or of the range before
  const std::int64_t leads = write_range(query, sink.range, &output, receiver);
  send_part(*sink.member, {sink.range, true, leads},
            {output.value + VARHDRSZ, output.used - VARHDRSZ});
}

// Makes ranges until there are none. Makes none where it has found something else than the leader.
void run_member(ExportTask* self, const ReadyExport& ready) {
  const TeamMember& member = *reinterpret_cast<MemberTask*>(self)->member;
  if (std::strcmp(describe_findings(ready), member.order.findings) != 0) return;
  PartSink sink{{send_piece}, &member, wait_for_range(*member.ranges)};
  if (sink.range < 0) return;
  OutputBuffer output = make_output_buffer();
  CsvWriter writer = make_csv_writer(&output, member.order.options);
  RowReceiver rows = make_row_receiver(&writer.pub, ready);
  RangeReceiver receiver{make_receiver(range_receiver_receive), &rows, nullptr};
  const RangeQuery query = plan_ranges(ready, *member.ranges, sink.range);
  begin_rows(rows, query.leads);
  output.sink = &sink.pub;  // only now, as the file's header is the leader's to write
  for (; sink.range >= 0; sink.range = wait_for_range(*member.ranges))
    send_range(query, sink, output, receiver);
}

}  // namespace

bool export_in_ranges(const ReadyExport& ready, const Division& division, RowReceiver& rows) {
  auto& writer = *reinterpret_cast<CsvWriter*>(rows.writer);
  TeamOrder order{ready.setup.extension_schema,
                  {},
                  ready.planner.request,
                  writer.options,
                  describe_findings(ready)};
  std::copy(std::begin(ready.setup.configuration.tables),
            std::end(ready.setup.configuration.tables), order.tables);
  ExportTeam team = start_team(order, division.workers);
  auto* leader = static_cast<Leader*>(palloc0(sizeof(Leader)));
  leader->receiver = {make_receiver(range_receiver_receive), &rows, look_for_parts};
  leader->parts = {wants_part, take_part};
  leader->team = &team;
  leader->context = CurrentMemoryContext;
  leader->file = writer.output;
  const std::int64_t leads =
      team.workers > 0 ? divide(ready, division.times, *team.ranges) : kNotDivided;
  if (leads != kNotDivided) make_ranges(*leader, ready);
  end_team(team, &leader->parts);
  writer.output = leader->file;
  if (leads == kNotDivided) return false;
  // One snapshot has as many leads by their times as in all ranges.
  if (rows.count != leads) raise_concurrent_change("the leads that policies let through");
  rows.pub.rShutdown(&rows.pub);
  return true;
}

}  // namespace export_leads

// What a worker runs, in the leader's transaction and snapshot, as its user, with its settings.
void export_leads_export_ranges(dsm_segment* segment, shm_toc* contents) {
  using namespace export_leads;
  const TeamMember member = join_team(segment, contents);
  MemberTask task{{run_member}, &member};
  begin_export_in_worker();
  run_export_in_worker(member.order.extension_schema, member.order.request, member.order.tables,
                       &task.pub);
  send_done(member);
  end_export();
}
