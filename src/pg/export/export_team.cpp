// Keeps what the processes share in one segment of dynamic shared memory.
#include "core/csv/field.hpp"
#include "pg/export/export_team.hpp"

#include <algorithm>
#include <iterator>

extern "C" {
#include "lib/stringinfo.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/proc.h"
}

namespace export_leads {
namespace {

enum Key : std::uint64_t { kVersionKey = 1, kOrderKey, kTextsKey, kRangesKey, kQueuesKey };

constexpr Size kQueueSize = 1024 * 1024;

// How many ranges may be taken ahead of those in the file, for each process.
constexpr int kAhead = 4;

// The order without its texts, which are apart from it, one after the other.
struct SharedOrder {
  Oid extension_schema;
  Oid tables[kTableCount];
  CsvOptions options;
  int column_count;  // -1 for the standard columns
  bool has_from;
  bool has_to;
};

// The version of the library, by which a worker tells whether it has its leader's: the file may
// have been replaced since the session loaded it.
constexpr char kVersion[] = EXPORT_LEADS_VERSION;
constexpr Size kVersionSize = 64;
static_assert(sizeof(kVersion) <= kVersionSize);

// The part that says that a worker is done.
constexpr std::int32_t kDone = -1;

void put(StringInfo texts, std::string_view text) {
  appendBinaryStringInfo(texts, text.data(), static_cast<int>(text.size()));
  appendStringInfoChar(texts, '\0');
}

void put_optional(StringInfo texts, const char* text) {
  if (text != nullptr) put(texts, text);
}

const char* take(const char*& texts) {
  const char* text = texts;
  texts += std::strlen(texts) + 1;
  return text;
}

StringInfoData texts_of(const TeamOrder& order) {
  StringInfoData texts;
  initStringInfo(&texts);
  put(&texts, order.request.tenant);
  put(&texts, order.request.status);
  put(&texts, order.findings);
  put_optional(&texts, order.request.created_from);
  put_optional(&texts, order.request.created_to);
  for (int i = 0; i < order.request.columns.count; ++i) put(&texts, order.request.columns.names[i]);
  return texts;
}

TeamOrder order_of(const SharedOrder& shared, const char* texts) {
  TeamOrder order{};
  order.extension_schema = shared.extension_schema;
  std::copy(std::begin(shared.tables), std::end(shared.tables), order.tables);
  order.options = shared.options;
  order.request.tenant = take(texts);
  order.request.status = take(texts);
  order.findings = take(texts);
  if (shared.has_from) order.request.created_from = take(texts);
  if (shared.has_to) order.request.created_to = take(texts);
  if (shared.column_count < 0) return order;
  ColumnNames& columns = order.request.columns;
  columns.count = shared.column_count;
  columns.names = static_cast<const char**>(
      palloc(sizeof(const char*) * static_cast<std::size_t>(Max(columns.count, 1))));
  for (int i = 0; i < columns.count; ++i) columns.names[i] = take(texts);
  return order;
}

void estimate(ParallelContext* context, Size size) {
  shm_toc_estimate_chunk(&context->estimator, size);
  shm_toc_estimate_keys(&context->estimator, 1);
}

template <typename Shared>
Shared* share(ParallelContext* context, Key key, Size size) {
  void* place = shm_toc_allocate(context->toc, size);
  shm_toc_insert(context->toc, key, place);
  return static_cast<Shared*>(place);
}

shm_mq* queue_of(char* queues, int worker) {
  return reinterpret_cast<shm_mq*>(queues + kQueueSize * static_cast<Size>(worker));
}

void share_order(ParallelContext* context, const TeamOrder& order, const StringInfoData& texts) {
  auto* shared = share<SharedOrder>(context, kOrderKey, sizeof(SharedOrder));
  *shared = {order.extension_schema,
             {},
             order.options,
             order.request.columns.names == nullptr ? -1 : order.request.columns.count,
             order.request.created_from != nullptr,
             order.request.created_to != nullptr};
  std::copy(std::begin(order.tables), std::end(order.tables), shared->tables);
  std::memcpy(share<char>(context, kTextsKey, static_cast<Size>(texts.len)), texts.data,
              static_cast<std::size_t>(texts.len));
}

// Takes a message of a worker's. Returns false where there is none now, or none is wanted.
bool receive_part(ExportTeam& team, int worker, PartReceiver* receiver) {
  shm_mq_handle*& queue = team.queues[worker];
  int& at = team.at[worker];
  if (queue == nullptr || (at >= 0 && !receiver->wants(receiver, at))) return false;
  Size size = 0;
  void* message = nullptr;
  switch (shm_mq_receive(queue, &size, &message, true)) {
    case SHM_MQ_WOULD_BLOCK:
      return false;
    case SHM_MQ_DETACHED:
      queue = nullptr;
      return false;
    case SHM_MQ_SUCCESS:
      break;
  }
  RangePart part{};
  std::memcpy(&part, message, sizeof part);
  at = part.is_last ? -1 : part.range;
  if (part.range == kDone)
    team.is_done[worker] = true;
  else
    receiver->take(receiver, part,
                   {static_cast<const char*>(message) + sizeof part, size - sizeof part});
  return true;
}

}  // namespace

const char* describe_findings(const ReadyExport& ready) {
  const RowVersion& version = ready.setup.configuration.version;
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "%u %u/%u %u %s\n%s\n%s", version.written_by,
                   ItemPointerGetBlockNumberNoCheck(&version.place),
                   ItemPointerGetOffsetNumberNoCheck(&version.place),
                   hash_of_status(ready.leads.text), ready.status.name,
                   ready.status.in_leads == nullptr ? "" : ready.status.in_leads,
                   pnstrdup(ready.status.shown.label.data(), ready.status.shown.label.size()));
  const FileColumns& columns = ready.planner.columns;
  for (int i = 0; i < columns.count; ++i) {
    const FileColumn& column = columns.columns[i];
    appendStringInfo(&text, "\n%s\n%s\n%s", column.name, column.header,
                     column.source == ColumnSource::expression ? column.expression : "");
  }
  return text.data;
}

ExportTeam start_team(const TeamOrder& order, int workers) {
  const StringInfoData texts = texts_of(order);
  EnterParallelMode();
  ExportTeam team{};
  ParallelContext* context =
      CreateParallelContext("$libdir/export_leads", "export_leads_export_ranges", workers);
  team.context = context;
  estimate(context, kVersionSize);
  estimate(context, sizeof(SharedOrder));
  estimate(context, static_cast<Size>(texts.len));
  estimate(context, sizeof(RangeQueue));
  estimate(context, kQueueSize * static_cast<Size>(workers));
  InitializeParallelDSM(context);
  std::memcpy(share<char>(context, kVersionKey, kVersionSize), kVersion, sizeof(kVersion));
  share_order(context, order, texts);
  team.ranges = share<RangeQueue>(context, kRangesKey, sizeof(RangeQueue));
  begin_queue(*team.ranges);
  char* queues = share<char>(context, kQueuesKey, kQueueSize * static_cast<Size>(workers));
  for (int i = 0; i < context->nworkers; ++i)
    shm_mq_set_receiver(shm_mq_create(queue_of(queues, i), kQueueSize), MyProc);
  LaunchParallelWorkers(context);
  team.workers = context->nworkers_launched;
  allow_ahead(*team.ranges, kAhead * (team.workers + 1));
  const auto count = static_cast<std::size_t>(Max(team.workers, 1));
  team.queues = static_cast<shm_mq_handle**>(palloc0(sizeof(shm_mq_handle*) * count));
  team.at = static_cast<int*>(palloc(sizeof(int) * count));
  team.is_done = static_cast<bool*>(palloc0(sizeof(bool) * count));
  for (int i = 0; i < team.workers; ++i) team.at[i] = -1;
  for (int i = 0; i < team.workers; ++i)
    team.queues[i] = shm_mq_attach(queue_of(queues, i), context->seg, context->worker[i].bgwhandle);
  return team;
}

void receive_parts(ExportTeam& team, PartReceiver* receiver) {
  for (bool is_new = true; is_new;) {
    is_new = false;  // a part that is taken may make others wanted
    for (int i = 0; i < team.workers; ++i)
      while (receive_part(team, i, receiver)) is_new = true;
  }
}

void wait_for_parts(ExportTeam& team) {
  bool is_any_left = false;
  for (int i = 0; i < team.workers; ++i) is_any_left |= team.queues[i] != nullptr;
  if (!is_any_left) {
    CHECK_FOR_INTERRUPTS();  // which raises what a worker has raised
    elog(ERROR, "a parallel worker of an export ended before its ranges did");
  }
  (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, -1, PG_WAIT_EXTENSION);
  ResetLatch(MyLatch);
  CHECK_FOR_INTERRUPTS();
}

void end_team(ExportTeam& team, PartReceiver* receiver) {
  for (int i = 0; i < team.workers; ++i)
    while (team.queues[i] != nullptr) {
      receive_parts(team, receiver);
      if (team.queues[i] != nullptr) wait_for_parts(team);
    }
  WaitForParallelWorkersToFinish(team.context);
  for (int i = 0; i < team.workers; ++i)
    if (!team.is_done[i]) elog(ERROR, "a parallel worker of an export did not finish");
  DestroyParallelContext(team.context);
  ExitParallelMode();
}

TeamMember join_team(dsm_segment* segment, shm_toc* contents) {
  if (std::strcmp(static_cast<const char*>(shm_toc_lookup(contents, kVersionKey, false)),
                  kVersion) != 0)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the library of export_leads was replaced after this session loaded it"),
                    errhint("Connect again.")));
  const auto* shared = static_cast<const SharedOrder*>(shm_toc_lookup(contents, kOrderKey, false));
  const auto* texts = static_cast<const char*>(shm_toc_lookup(contents, kTextsKey, false));
  auto* ranges = static_cast<RangeQueue*>(shm_toc_lookup(contents, kRangesKey, false));
  auto* queues = static_cast<char*>(shm_toc_lookup(contents, kQueuesKey, false));
  shm_mq* queue = queue_of(queues, ParallelWorkerNumber);
  shm_mq_set_sender(queue, MyProc);
  return {order_of(*shared, texts), ranges, shm_mq_attach(queue, segment, nullptr)};
}

void send_part(const TeamMember& member, const RangePart& part, std::string_view records) {
  shm_mq_iovec message[] = {{reinterpret_cast<const char*>(&part), sizeof part},
                            {records.data(), records.size()}};
  if (shm_mq_sendv(member.queue, message, lengthof(message), false, true) != SHM_MQ_SUCCESS)
    ereport(ERROR, (errcode(ERRCODE_ADMIN_SHUTDOWN),
                    errmsg("the session that this worker exports for has ended its export")));
}

void send_done(const TeamMember& member) { send_part(member, {kDone, true, 0}, {}); }

}  // namespace export_leads
