// Writes and reads the tables of the history as the reader of a call for a tenant.
#include "core/csv/field.hpp"
#include "pg/history/kept_file.hpp"
#include "pg/history/twin.hpp"

extern "C" {
#include "utils/array.h"
#include "utils/uuid.h"
}

namespace export_leads {
namespace {

PieceStore& store_of(PieceSink* sink) { return *reinterpret_cast<PieceStore*>(sink); }

void take_piece(PieceSink* self, const char* bytes, std::size_t size) {
  PieceStore& store = store_of(self);
  bytea* stored = compress_piece(store.compressor, bytes, size);
  Datum values[] = {Int64GetDatum(store.size), Int32GetDatum(static_cast<int32>(size)),
                    PointerGetDatum(stored)};
  bool nulls[lengthof(values)] = {};
  tuplestore_putvalues(store.pieces, store.row, values, nulls);
  pfree(stored);
  store.size += static_cast<std::int64_t>(size);
}

Datum text_or_null(const char* text, char& null) {
  null = text == nullptr ? 'n' : ' ';
  return text == nullptr ? 0 : CStringGetTextDatum(text);
}

Datum names_or_null(ColumnNames columns, char& null) {
  null = columns.names == nullptr ? 'n' : ' ';
  if (columns.names == nullptr) return 0;
  auto* names =
      static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<std::size_t>(Max(columns.count, 1))));
  for (int i = 0; i < columns.count; ++i) names[i] = CStringGetTextDatum(columns.names[i]);
  return PointerGetDatum(construct_array(names, columns.count, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum copy_uuid(Datum uuid, MemoryContext memory) {
  MemoryContext former = MemoryContextSwitchTo(memory);
  const Datum copy = datumCopy(uuid, false, UUID_LEN);
  MemoryContextSwitchTo(former);
  return copy;
}

// The row of the history, with the id that it has in `memory`.
Datum keep_row(const TenantCall& call, const FileToKeep& file, PieceStore& store) {
  const Request& request = *file.request;
  constexpr int kCount = 14;
  Oid types[kCount] = {TEXTOID, UUIDOID,        TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID,
                       TEXTOID, TIMESTAMPTZOID, INT8OID, INT8OID, TEXTOID,      TEXTOID, BYTEAOID};
  char nulls[kCount + 1] = "              ";
  nulls[1] = file.export_id == 0 ? 'n' : ' ';
  Datum values[kCount] = {
      CStringGetTextDatum(call.tenant.text),
      file.export_id,
      PointerGetDatum(
          cstring_to_text_with_len(request.status.data(), static_cast<int>(request.status.size()))),
      CStringGetTextDatum(file.format->name),
      names_or_null(request.columns, nulls[4]),
      text_or_null(request.created_from, nulls[5]),
      text_or_null(request.created_to, nulls[6]),
      text_or_null(file.requested_by, nulls[7]),
      TimestampTzGetDatum(file.started_at),
      Int64GetDatum(file.lead_count),
      Int64GetDatum(store.size),
      file.filename,
      CStringGetTextDatum(file.format->content_type),
      PointerGetDatum(finish_hash(store.compressor.hash)),
  };
  Datum id = 0;
  const char* sql =
      psprintf("SELECT %s($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
               own_name(call.setup.extension_schema, "_export_leads_keep"));
  with_rows(sql, kCount, types, values, nulls, false, [&](MemoryContext memory) {
    bool is_null = false;
    id =
        copy_uuid(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null), memory);
  });
  return id;
}

void keep_pieces(const TenantCall& call, Datum id, const PieceStore& store) {
  Oid types[] = {TEXTOID, UUIDOID, INT8OID, INT4OID, BYTEAOID};
  const Datum tenant = CStringGetTextDatum(call.tenant.text);
  const char* sql = psprintf(
      "INSERT INTO %s (tenant, export_id, first_byte, size, compressed) "
      "VALUES ($1, $2, $3, $4, $5)",
      own_name(call.setup.extension_schema, "export_leads_pieces"));
  TupleTableSlot* slot = MakeSingleTupleTableSlot(store.row, &TTSOpsMinimalTuple);
  SPI_connect();
  SPIPlanPtr plan = SPI_prepare(sql, lengthof(types), types);
  if (plan == nullptr)
    elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
  while (tuplestore_gettupleslot(store.pieces, true, false, slot)) {
    CHECK_FOR_INTERRUPTS();
    slot_getallattrs(slot);
    Datum values[] = {tenant, id, slot->tts_values[0], slot->tts_values[1], slot->tts_values[2]};
    if (SPI_execute_plan(plan, values, nullptr, false, 0) != SPI_OK_INSERT || SPI_processed != 1)
      elog(ERROR, "could not store a piece of a file");
  }
  SPI_finish();
  ExecDropSingleTupleTableSlot(slot);
}

Datum copied_text(int column, MemoryContext memory) {
  bool is_null = false;
  const Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &is_null);
  MemoryContext former = MemoryContextSwitchTo(memory);
  const Datum copy = is_null ? 0 : PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
  MemoryContextSwitchTo(former);
  return copy;
}

std::int64_t number(int column) {
  bool is_null = false;
  return DatumGetInt64(
      SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &is_null));
}

[[noreturn]] void raise_damaged(const char* detail) {
  ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("the kept file is damaged"),
                  errdetail("%s", detail), errhint("Export again.")));
  pg_unreachable();
}

void require_complete_row() {
  const TupleDesc columns = SPI_tuptable->tupdesc;
  for (int column = 1; column <= columns->natts; ++column)
    if (SPI_getvalue(SPI_tuptable->vals[0], columns, column) == nullptr)
      raise_damaged("Its row in the history is incomplete.");
}

// Reads the piece in the only row of SPI_tuptable, which must be the one that begins at `expected`
// or, as the first, the one that holds that byte, and must lie within the file. Returns the byte
// after it.
std::int64_t read_piece(PieceExpander& expander, PieceReader& reader, std::int64_t expected,
                        bool is_first, std::int64_t file_size) {
  HeapTuple row = SPI_tuptable->vals[0];
  bool is_null = false;
  const std::int64_t first = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &is_null));
  const auto size = static_cast<std::size_t>(
      DatumGetInt32(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &is_null)));
  const auto after = first + static_cast<std::int64_t>(size);
  if (first < 0) raise_damaged("A piece begins before the file.");
  if (is_first ? (first > expected || after <= expected) : first != expected)
    raise_damaged("A piece is missing.");
  if (after <= first || after > file_size) raise_damaged("A piece is longer than it can be.");
  const Datum stored = SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &is_null);
  const bytea* bytes = DatumGetByteaPP(stored);
  expand_piece(expander, bytes, reader.room(&reader, first, size), size);
  reader.take(&reader, first, size);
  return after;
}

void count_download(const TenantCall& call, Datum export_id) {
  Oid types[] = {TEXTOID, UUIDOID};
  Datum values[] = {CStringGetTextDatum(call.tenant.text), export_id};
  const char* sql = psprintf("SELECT %s($1, $2)",
                             own_name(call.setup.extension_schema, "_export_leads_count_download"));
  with_rows(sql, lengthof(types), types, values, nullptr, false, [](MemoryContext) {});
}

}  // namespace

PieceStore make_piece_store(const Format& format) {
  PieceStore store{{take_piece},
                   make_piece_compressor(format.is_compressed),
                   tuplestore_begin_heap(false, false, work_mem),
                   CreateTemplateTupleDesc(3),
                   0};
  TupleDescInitEntry(store.row, 1, "first_byte", INT8OID, -1, 0);
  TupleDescInitEntry(store.row, 2, "size", INT4OID, -1, 0);
  TupleDescInitEntry(store.row, 3, "compressed", BYTEAOID, -1, 0);
  return store;
}

Datum keep_file(const TenantCall& call, const FileToKeep& file, PieceStore& store) {
  const Datum id = keep_row(call, file, store);
  keep_pieces(call, id, store);
  tuplestore_end(store.pieces);
  return id;
}

KeptFile find_kept_file(const TenantCall& call, Datum export_id) {
  Oid types[] = {TEXTOID, UUIDOID};
  Datum values[] = {CStringGetTextDatum(call.tenant.text), export_id};
  const char* sql =
      psprintf("SELECT filename, content_type, lead_count, size, sha256 FROM %s($1, $2)",
               own_name(call.setup.extension_schema, "_export_leads_require_saved"));
  KeptFile file{};
  with_rows(sql, lengthof(types), types, values, nullptr, false, [&](MemoryContext memory) {
    require_complete_row();
    file.filename = copied_text(1, memory);
    file.content_type = copied_text(2, memory);
    file.lead_count = number(3);
    file.size = number(4);
    file.sha256 = DatumGetByteaPP(copied_text(5, memory));
    if (file.size < 0) raise_damaged("Its row in the history has a size below 0.");
  });
  return file;
}

void read_pieces(const TenantCall& call, Datum export_id, const KeptFile& file, std::int64_t first,
                 std::int64_t end, PieceReader& reader) {
  end = Min(end, file.size);
  if (first == 0 && !XactReadOnly) count_download(call, export_id);
  if (first >= end) return;
  Oid types[] = {TEXTOID, UUIDOID, INT8OID, INT8OID};
  Datum values[] = {CStringGetTextDatum(call.tenant.text), export_id,
                    Int64GetDatum(first - static_cast<std::int64_t>(kPieceSize)),
                    Int64GetDatum(end)};
  const char* sql = psprintf(
      "SELECT first_byte, size, compressed FROM %s WHERE tenant = $1 AND export_id = $2 "
      "AND first_byte > $3 AND first_byte < $4 AND first_byte + size > $3 + %zu ORDER BY "
      "first_byte",
      own_name(call.setup.extension_schema, "export_leads_pieces"), kPieceSize);
  PieceExpander expander = make_piece_expander();
  std::int64_t next = first;
  SPI_connect();
  Portal pieces =
      SPI_cursor_open_with_args(nullptr, sql, lengthof(types), types, values, nullptr, true, 0);
  for (bool is_first = true;; is_first = false) {
    SPI_cursor_fetch(pieces, true, 1);
    if (SPI_processed == 0) break;
    next = read_piece(expander, reader, next, is_first, file.size);
    SPI_freetuptable(SPI_tuptable);
  }
  SPI_cursor_close(pieces);
  SPI_finish();
  if (next < end) raise_damaged("Pieces are missing at its end.");
  const bytea* hash = finish_hash(expander.hash);
  const bool is_whole = first == 0 && end == file.size;
  if (is_whole && text_view(hash) != text_view(file.sha256))
    raise_damaged("Its SHA-256 is another than that of the file that was written.");
}

}  // namespace export_leads
