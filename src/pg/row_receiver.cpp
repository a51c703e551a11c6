// Writes records: bound, reserve, write, commit, for each cell by its type.
#include "core/integer.hpp"
#include "core/timestamp.hpp"
#include "pg/row_receiver.hpp"

namespace export_leads {
namespace {

// How a column's values become text: the common types without a call to their output function.
enum class CellKind { integer2, integer4, integer8, text, timestamp, timestamptz, other };

// A column of the file: of the rows, or the same in every record (its field is then in `constant`).
struct FileColumn {
  std::string_view header;
  bool is_constant;
  LeadColumn source;
  std::string_view constant;
  CellKind kind;
  FmgrInfo output_function;
};

constexpr int kFileColumnCount = 11;

struct RowReceiver {
  DestReceiver pub;
  OutputBuffer* output;
  const Tenant* tenant;
  core::Dialect dialect;
  MemoryContext context;      // the receiver's own: for what lives as long as the export
  MemoryContext row_context;  // for what lives as long as a row: avoids leaks in output functions
  FileColumn columns[kFileColumnCount];
};
static_assert(std::is_trivially_destructible_v<RowReceiver> &&
              std::is_standard_layout_v<RowReceiver>);

CellKind cell_kind(Oid type) {
  switch (getBaseType(type)) {
    case INT2OID:
      return CellKind::integer2;
    case INT4OID:
      return CellKind::integer4;
    case INT8OID:
      return CellKind::integer8;
    case TEXTOID:
    case VARCHAROID:
      return CellKind::text;
    case TIMESTAMPOID:
      return CellKind::timestamp;
    case TIMESTAMPTZOID:
      return CellKind::timestamptz;
    default:
      return CellKind::other;
  }
}

void write_text(OutputBuffer& output, std::string_view field, core::Dialect dialect) {
  // Near the limit of a value the bound is too pessimistic, and only then is it worth measuring.
  const std::size_t bound = core::field_bound(field.size());
  char* out = reserve(output, can_hold(output, bound) ? bound : core::field_size(field, dialect));
  commit(output, core::write_field(out, field, dialect));
}

void write_integer(OutputBuffer& output, std::int64_t value) {
  char* out = reserve(output, core::kIntegerBound);
  commit(output, core::write_integer(out, value));
}

// PostgreSQL's own words for the infinities, which isoformat() does not know.
bool write_infinity(OutputBuffer& output, Timestamp value, core::Dialect dialect) {
  if (!TIMESTAMP_NOT_FINITE(value)) return false;
  write_text(output, TIMESTAMP_IS_NOBEGIN(value) ? "-infinity" : "infinity", dialect);
  return true;
}

void write_timestamp(OutputBuffer& output, Timestamp value, core::Dialect dialect) {
  if (write_infinity(output, value, dialect)) return;
  char* out = reserve(output, core::kTimestampBound);
  commit(output, core::write_timestamp(out, value));
}

// The session's time zone says how far local time is from UTC at that moment.
void write_timestamptz(OutputBuffer& output, TimestampTz value, core::Dialect dialect) {
  if (write_infinity(output, value, dialect)) return;
  int seconds_west = 0;
  pg_tm local{};
  fsec_t fraction = 0;
  if (timestamp2tm(value, &seconds_west, &local, &fraction, nullptr, nullptr) != 0)
    ereport(ERROR,
            (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
  char* out = reserve(output, core::kTimestampBound);
  commit(output, core::write_timestamp(out, value, -seconds_west));
}

void write_cell(RowReceiver& receiver, FileColumn& column, Datum value) {
  OutputBuffer& output = *receiver.output;
  switch (column.kind) {
    case CellKind::integer2:
      return write_integer(output, DatumGetInt16(value));
    case CellKind::integer4:
      return write_integer(output, DatumGetInt32(value));
    case CellKind::integer8:
      return write_integer(output, DatumGetInt64(value));
    case CellKind::text:
      return write_text(output, text_view(DatumGetTextPP(value)), receiver.dialect);
    case CellKind::timestamp:
      return write_timestamp(output, DatumGetTimestamp(value), receiver.dialect);
    case CellKind::timestamptz:
      return write_timestamptz(output, DatumGetTimestampTz(value), receiver.dialect);
    case CellKind::other:
      break;
  }
  return write_text(output, OutputFunctionCall(&column.output_function, value), receiver.dialect);
}

void write_separator(OutputBuffer& output, int column) {
  append(output, column + 1 < kFileColumnCount ? std::string_view(",") : core::kRecordEnd);
}

void write_header(RowReceiver& receiver) {
  append(*receiver.output, core::kByteOrderMark);
  for (int i = 0; i < kFileColumnCount; ++i) {
    write_text(*receiver.output, receiver.columns[i].header, receiver.dialect);
    write_separator(*receiver.output, i);
  }
}

// The tripwire: row security and the query's own conditions have both failed if this ever fires.
void check_tenants(const RowReceiver& receiver, const TupleTableSlot* slot) {
  const auto lead = static_cast<int>(LeadColumn::lead_tenant);
  const auto call = static_cast<int>(LeadColumn::call_tenant);
  const bool is_leads =
      receiver.tenant->key(Table::leads).matches(slot->tts_values[lead], slot->tts_isnull[lead]);
  const bool is_calls = slot->tts_isnull[call] ||
                        receiver.tenant->key(Table::calls).matches(slot->tts_values[call], false);
  if (!is_leads || !is_calls) raise_other_tenant();
}

bool row_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  RowReceiver& receiver = *reinterpret_cast<RowReceiver*>(self);
  MemoryContext caller = MemoryContextSwitchTo(receiver.row_context);
  slot_getallattrs(slot);
  check_tenants(receiver, slot);
  for (int i = 0; i < kFileColumnCount; ++i) {
    FileColumn& column = receiver.columns[i];
    const auto source = static_cast<int>(column.source);
    if (column.is_constant)
      append(*receiver.output, column.constant);
    else if (!slot->tts_isnull[source])
      write_cell(receiver, column, slot->tts_values[source]);
    write_separator(*receiver.output, i);
  }
  MemoryContextSwitchTo(caller);
  MemoryContextReset(receiver.row_context);
  return true;
}

void row_receiver_startup(DestReceiver* self, int, TupleDesc row) {
  RowReceiver& receiver = *reinterpret_cast<RowReceiver*>(self);
  if (row->natts != kLeadColumnCount) elog(ERROR, "a lead has %d columns", row->natts);
  for (FileColumn& column : receiver.columns) {
    if (column.is_constant) continue;
    const Oid type = TupleDescAttr(row, static_cast<int>(column.source))->atttypid;
    Oid function = InvalidOid;
    bool is_varlena = false;
    getTypeOutputInfo(type, &function, &is_varlena);
    fmgr_info_cxt(function, &column.output_function, receiver.context);
    column.kind = cell_kind(type);
  }
  write_header(receiver);
}

void row_receiver_shutdown(DestReceiver*) {}

void row_receiver_destroy(DestReceiver* self) {
  MemoryContextDelete(reinterpret_cast<RowReceiver*>(self)->row_context);
}

FileColumn row_column(std::string_view header, LeadColumn source) {
  FileColumn column{};
  column.header = header;
  column.source = source;
  return column;
}

FileColumn constant_column(std::string_view header, std::string_view value, core::Dialect dialect) {
  OutputBuffer field = make_output_buffer();
  write_text(field, value, dialect);
  FileColumn column{};
  column.header = header;
  column.is_constant = true;
  column.constant = text_view(DatumGetTextPP(finish(field)));
  return column;
}

}  // namespace

DestReceiver* make_row_receiver(OutputBuffer* output, const Tenant* tenant, Status status,
                                core::Dialect dialect) {
  auto* receiver = static_cast<RowReceiver*>(palloc0(sizeof(RowReceiver)));
  receiver->pub.receiveSlot = row_receiver_receive;
  receiver->pub.rStartup = row_receiver_startup;
  receiver->pub.rShutdown = row_receiver_shutdown;
  receiver->pub.rDestroy = row_receiver_destroy;
  receiver->pub.mydest = DestCopyOut;
  receiver->output = output;
  receiver->tenant = tenant;
  receiver->dialect = dialect;
  receiver->context = CurrentMemoryContext;
  receiver->row_context =
      AllocSetContextCreate(CurrentMemoryContext, "export_leads row", ALLOCSET_DEFAULT_SIZES);

  int count = 0;
  receiver->columns[count++] = constant_column("status_id", status.name, dialect);
  receiver->columns[count++] = constant_column("status_name", status.label, dialect);
  receiver->columns[count++] = row_column("lead_id", LeadColumn::lead_id);
  receiver->columns[count++] = row_column("full_name", LeadColumn::full_name);
  receiver->columns[count++] = row_column("phone", LeadColumn::phone);
  receiver->columns[count++] = row_column("email", LeadColumn::email);
  receiver->columns[count++] = row_column("created_at", LeadColumn::created_at);
  receiver->columns[count++] = row_column("last_call_at", LeadColumn::last_call_at);
  receiver->columns[count++] = row_column("last_call_status", LeadColumn::last_call_status);
  receiver->columns[count++] = row_column("source", LeadColumn::source);
  receiver->columns[count++] = row_column("notes", LeadColumn::notes);
  Assert(count == kFileColumnCount);
  return &receiver->pub;
}

}  // namespace export_leads
