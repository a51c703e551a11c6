// Passes calls on, and takes what comes back.
#include "core/csv/field.hpp"
#include "pg/export/passed_export.hpp"

#include "pg/citus/routing.hpp"
#include "pg/guard/shards.hpp"
#include "pg/setup/reader_role.hpp"
#include "pg/setup/tenant_type.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/array.h"
}

namespace export_leads {
namespace {

// A call is passed on a second time where a shard was moved between the two nodes' looks at it.
constexpr int kAttempts = 2;

// There the settings of the session that asks are not known.
void refuse_session_of_citus() {
  if (!is_session_of_citus()) return;
  ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                  errmsg("an export cannot be a part of a query on distributed tables"),
                  errhint("Call the function in a statement of its own.")));
}

const char* text_of(std::int64_t number) { return psprintf(INT64_FORMAT, number); }

// A RecordWriter that writes nothing.
RecordWriter make_counter() {
  RecordWriter writer{};
  writer.begin = [](RecordWriter*, const FileHeader&) {};
  writer.write = [](RecordWriter*, const TupleTableSlot*) {};
  writer.end = [](RecordWriter*) {};
  writer.bytes = [](const RecordWriter*) -> std::uint64_t { return 0; };
  return writer;
}

WrittenExport count_here(Oid extension_schema, const Request& request) {
  Request counting = request;
  const char* column = "status_id";  // the same for all leads: no column of theirs is computed
  counting.columns = {&column, 1};
  RecordWriter counter = make_counter();
  return write_export(extension_schema, counting, &counter);
}

// Takes the rows of _export_leads_at(): all but the last are pieces of what is wanted.
struct PieceReceiver {
  DestReceiver pub;
  OutputBuffer* output;
  StringInfoData last;
  bool has_last;
  std::int64_t bytes;
};

bool piece_receiver_receive(TupleTableSlot* slot, DestReceiver* self) {
  auto* receiver = reinterpret_cast<PieceReceiver*>(self);
  bool is_null = false;
  const Datum row = slot_getattr(slot, 1, &is_null);
  if (is_null) elog(ERROR, "a piece of a passed export is missing");
  if (receiver->has_last) {
    append(*receiver->output, {receiver->last.data, static_cast<std::size_t>(receiver->last.len)});
    give_pieces(*receiver->output);
    receiver->bytes += receiver->last.len;
  }
  const auto* piece = DatumGetByteaPP(row);
  resetStringInfo(&receiver->last);
  appendBinaryStringInfo(&receiver->last, VARDATA_ANY(piece),
                         static_cast<int>(VARSIZE_ANY_EXHDR(piece)));
  receiver->has_last = true;
  return true;
}

void piece_receiver_startup(DestReceiver*, int, TupleDesc) {}
void piece_receiver_end(DestReceiver*) {}

PieceReceiver make_piece_receiver(OutputBuffer* output) {
  PieceReceiver receiver{};
  receiver.pub.receiveSlot = piece_receiver_receive;
  receiver.pub.rStartup = piece_receiver_startup;
  receiver.pub.rShutdown = piece_receiver_end;
  receiver.pub.rDestroy = piece_receiver_end;
  receiver.pub.mydest = DestNone;
  receiver.output = output;
  initStringInfo(&receiver.last);
  return receiver;
}

// Returns false where the rows were moved away. Raises XX000 where a piece is missing.
bool read_end(const PieceReceiver& receiver, WrittenExport& written) {
  if (!receiver.has_last) elog(ERROR, "a passed export returned nothing");
  if (std::strcmp(receiver.last.data, kMoved) == 0) return false;
  long long leads = 0;
  long long bytes = 0;
  int day = 0;
  if (sscanf(receiver.last.data, "%lld %lld %d", &leads, &bytes, &day) != 3 ||
      bytes != receiver.bytes)
    elog(ERROR, "a passed export is not complete");
  written = {leads, bytes, day};
  return true;
}

const char* literal(const char* text, const char* type) {
  return text == nullptr ? psprintf("NULL::pg_catalog.%s", type)
                         : psprintf("%s::pg_catalog.%s", quote_literal_cstr(text), type);
}

const char* array_literal(const char* const* texts, int count) {
  StringInfoData array;
  initStringInfo(&array);
  appendStringInfoString(&array, "ARRAY[");
  for (int i = 0; i < count; ++i)
    appendStringInfo(&array, "%s%s", i == 0 ? "" : ", ", quote_literal_cstr(texts[i]));
  appendStringInfoString(&array, "]::pg_catalog.text[]");
  return array.data;
}

// The type in which functions take tenants of the leads' type.
const char* argument_type(const Tenant& tenant) {
  switch (tenant.key(Table::leads).type) {
    case UUIDOID:
      return "uuid";
    case TEXTOID:
      return "text";
    default:
      return "int8";
  }
}

const char* hexadecimal(const Seal& seal) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfoString(&text, "\\x");
  for (const unsigned char byte : seal.bytes) appendStringInfo(&text, "%02x", byte);
  return text.data;
}

// The arguments are constants: with others, Citus would not run the function elsewhere.
const char* query_of(Oid extension_schema, const Tenant& tenant, const PassedCall& call) {
  const Request& request = call.request;
  const char* status = pnstrdup(request.status.data(), request.status.size());
  const Oid role = request.caller.on_behalf_of;
  return psprintf(
      "SELECT piece FROM %s._export_leads_at(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) AS piece",
      quote_identifier(get_namespace_name(extension_schema)),
      literal(tenant.text, argument_type(tenant)), literal(call.wanted, "text"),
      literal(status, "text"),
      request.columns.names == nullptr
          ? literal(nullptr, "text[]")
          : array_literal(request.columns.names, request.columns.count),
      literal(request.created_from, "text"), literal(request.created_to, "text"),
      literal(OidIsValid(role) ? GetUserNameFromId(role, false) : nullptr, "text"),
      request.caller.session == SessionTenant::same ? "true" : "false",
      array_literal(call.settings, kPassedSettingCount), literal(text_of(call.issued_at), "int8"),
      literal(hexadecimal(seal_of_call(extension_schema, call)), "bytea"));
}

// What SPI adds to the context of an error: the query, with its seal.
char* without_query(char* context, const char* query) {
  char* found = context == nullptr ? nullptr : std::strstr(context, query);
  if (found == nullptr) return context;
  char* rest = found + std::strlen(query);
  rest += std::strcspn(rest, "\n");
  while (found > context && found[-1] != '\n') --found;
  if (*rest == '\n') ++rest;
  std::memmove(found, rest, std::strlen(rest) + 1);
  return *context == '\0' ? nullptr : context;
}

[[noreturn]] void raise_again(MemoryContext memory, const char* query) {
  MemoryContextSwitchTo(memory);
  ErrorData* error = CopyErrorData();
  FlushErrorState();
  error->context = without_query(error->context, query);
  ReThrowError(error);
}

void run_by_spi(const char* query, DestReceiver* receiver) {
  MemoryContext memory = CurrentMemoryContext;
  PG_TRY();
  {
    if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
    SPIExecuteOptions options{};
    options.dest = receiver;
    const int result = SPI_execute_extended(query, &options);
    if (result < 0) elog(ERROR, "SPI_execute_extended: %d", result);
    SPI_finish();
  }
  PG_CATCH();
  { raise_again(memory, query); }
  PG_END_TRY();
}

bool run_elsewhere(const char* query, OutputBuffer* output, WrittenExport& written) {
  PieceReceiver receiver = make_piece_receiver(output);
  run_by_spi(query, &receiver.pub);
  if (output->sink != nullptr) give_last_piece(*output);
  return read_end(receiver, written);
}

bool has_tenant_types(const Configuration& configuration) {
  for (const Table table : kTables) {
    const char* column = configuration.source(tenant_field(table));
    if (column != nullptr && !OidIsValid(tenant_type(configuration.table(table), column)))
      return false;
  }
  return true;
}

// Passes a call on where this node has not the tenant's rows. Returns false where it has.
bool pass_on(Oid extension_schema, const Request& request, const char* wanted, OutputBuffer* output,
             WrittenExport& written) {
  Configuration configuration{};
  refuse_session_of_citus();
  if (!has_citus() || !read_configuration(extension_schema, &configuration)) return false;
  const Oid reader = reader_role();
  // What is missing here, an export on this node explains.
  if (!OidIsValid(reader) || !has_tenant_types(configuration)) return false;
  const Tenant tenant = read_tenant(configuration, request.tenant);
  if (find_place(configuration, tenant) != Place::elsewhere) return false;
  PassedCall call{GetCurrentTimestamp(), request, wanted, {}};
  const bool has_session =
      check_caller(configuration, extension_schema, reader, request.caller, tenant);
  call.request.tenant = tenant.text;
  call.request.caller.session = has_session ? SessionTenant::same : SessionTenant::none;
  for (int i = 0; i < kPassedSettingCount; ++i)
    call.settings[i] = GetConfigOption(kPassedSettings[i], false, false);
  const char* query = query_of(extension_schema, tenant, call);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (run_elsewhere(query, output, written)) return true;
    if (find_place(configuration, tenant) != Place::elsewhere) return false;
  }
  raise_elsewhere();
}

}  // namespace

WrittenExport write_file(Oid extension_schema, const Request& request, const Format& format,
                         const CsvOptions& options, OutputBuffer* output) {
  WrittenExport written{};
  if (pass_on(extension_schema, request, format.name, output, written)) return written;
  return write_export(extension_schema, request, format.make_writer(output, options));
}

std::int64_t count_leads(Oid extension_schema, const Request& request) {
  WrittenExport written{};
  OutputBuffer nothing = make_output_buffer();
  if (!pass_on(extension_schema, request, "count", &nothing, written))
    written = count_here(extension_schema, request);
  return written.lead_count;
}

const char* explain_leads(Oid extension_schema, const Request& request, bool run) {
  WrittenExport written{};
  OutputBuffer plan = make_output_buffer();
  const char* wanted = run ? "explain run" : "explain";
  if (!pass_on(extension_schema, request, wanted, &plan, written))
    return explain_export(extension_schema, request, run);
  return TextDatumGetCString(finish(plan));
}

Seal seal_of_call(Oid extension_schema, const PassedCall& call) {
  Configuration configuration{};
  if (!read_configuration(extension_schema, &configuration)) {
    FindingSink sink = raising_sink();
    sink(not_set_up());
  }
  const Request& request = call.request;
  const Oid role = request.caller.on_behalf_of;
  const int count = 9 + kPassedSettingCount + request.columns.count;
  auto* texts =
      static_cast<const char**>(palloc(sizeof(const char*) * static_cast<std::size_t>(count)));
  const char** next = texts;
  *next++ = GetUserNameFromId(GetUserId(), false);
  *next++ = request.tenant;
  *next++ = text_of(call.issued_at);
  *next++ = call.wanted;
  *next++ = pnstrdup(request.status.data(), request.status.size());
  *next++ = psprintf("%s %d", request.caller.session == SessionTenant::same ? "same" : "none",
                     request.columns.names == nullptr ? -1 : request.columns.count);
  *next++ = request.created_from;
  *next++ = request.created_to;
  *next++ = OidIsValid(role) ? GetUserNameFromId(role, false) : nullptr;
  for (const char* setting : call.settings) *next++ = setting;
  for (int i = 0; i < request.columns.count; ++i) *next++ = request.columns.names[i];
  return seal_of(configuration, extension_schema, texts, count);
}

WrittenExport run_passed_call(Oid extension_schema, const PassedCall& call,
                              const CsvOptions& options, OutputBuffer* output) {
  const Request& request = call.request;
  if (std::strcmp(call.wanted, "count") == 0) return count_here(extension_schema, request);
  const bool runs = std::strcmp(call.wanted, "explain run") == 0;
  if (runs || std::strcmp(call.wanted, "explain") == 0) {
    append(*output, explain_export(extension_schema, request, runs));
    return {0, static_cast<std::int64_t>(bytes_written(*output)), 0};
  }
  const Format& format = find_format(call.wanted);
  return write_export(extension_schema, request, format.make_writer(output, options));
}

bool is_here(Oid extension_schema, const Request& request) {
  Configuration configuration{};
  return read_configuration(extension_schema, &configuration) &&
         find_place(configuration, read_tenant(configuration, request.tenant)) != Place::elsewhere;
}

const char* describe_written(const WrittenExport& written) {
  return psprintf("%s %s %d", text_of(written.lead_count), text_of(written.bytes), written.day);
}

}  // namespace export_leads
