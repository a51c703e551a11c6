// export_leads_saved_pieces(tenant, export_id, first_byte, bytes) -> setof bytea: the bytes of a
// kept file from first_byte (0 for the first) on, in pieces of at most 256 KiB, for files of any
// size and for parts of one. Only the pieces that hold these bytes are read.
#include "core/csv/field.hpp"
#include "pg/export/export_log.hpp"
#include "pg/functions/arguments.hpp"
#include "pg/history/kept_file.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_saved_pieces);
}

namespace export_leads {
namespace {

struct RangeReader {
  PieceReader pub;
  const ReturnSetInfo* set;
  bytea* piece;  // with room for a whole piece
  std::int64_t first;
  std::int64_t end;
};

char* room_for_piece(PieceReader* self, std::int64_t, std::size_t size) {
  if (size > kPieceSize) elog(ERROR, "a piece of a kept file is too large");
  return VARDATA(reinterpret_cast<RangeReader*>(self)->piece);
}

void put_part(PieceReader* self, std::int64_t first, std::size_t size) {
  const RangeReader& reader = *reinterpret_cast<RangeReader*>(self);
  const std::int64_t from = Max(first, reader.first);
  const std::int64_t to = Min(first + static_cast<std::int64_t>(size), reader.end);
  const auto length = static_cast<std::size_t>(to - from);
  if (from > first)
    std::memmove(VARDATA(reader.piece), VARDATA(reader.piece) + (from - first), length);
  SET_VARSIZE(reader.piece, VARHDRSZ + length);
  Datum value = PointerGetDatum(reader.piece);
  bool is_null = false;
  tuplestore_putvalues(reader.set->setResult, reader.set->setDesc, &value, &is_null);
}

std::int64_t byte_argument(FunctionCallInfo fcinfo, int argument, const char* name,
                           std::int64_t otherwise, const char* hint) {
  if (PG_ARGISNULL(argument)) return otherwise;
  const std::int64_t value = PG_GETARG_INT64(argument);
  if (value < 0)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s must not be negative", name), errhint("%s", hint)));
  return value;
}

void put_pieces(FunctionCallInfo fcinfo, ExportLog& log) {
  const Datum export_id = export_id_argument(fcinfo);
  const std::int64_t first =
      byte_argument(fcinfo, 2, "first_byte", 0, "The first byte of a file is byte 0.");
  const std::int64_t most =
      byte_argument(fcinfo, 3, "bytes", PG_INT64_MAX, "Give NULL for all that follows.");
  TenantCall call{};
  begin_tenant_call(call, extension_schema(fcinfo), tenant_argument(fcinfo), InvalidOid);
  const KeptFile file = find_kept_file(call, export_id);
  const std::int64_t end = most > file.size - first ? file.size : first + most;
  RangeReader reader{{room_for_piece, put_part},
                     reinterpret_cast<const ReturnSetInfo*>(fcinfo->resultinfo),
                     static_cast<bytea*>(palloc(VARHDRSZ + kPieceSize)),
                     first,
                     end};
  read_pieces(call, export_id, file, first, end, reader.pub);
  end_tenant_call(call);
  log.written.lead_count = file.lead_count;
  log.written.bytes = Max(end - first, 0);
}

}  // namespace
}  // namespace export_leads

Datum export_leads_saved_pieces(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
  during_logged_export(fcinfo, nullptr, [&](ExportLog& log) { put_pieces(fcinfo, log); });
  return 0;
}
