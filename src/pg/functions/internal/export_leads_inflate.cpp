// _export_leads_inflate(compressed, size) -> bytea: a piece of a kept file as it was before it was
// stored. Raises XX001 where it is damaged.
#include "pg/history/piece_codec.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(export_leads_inflate);
}

Datum export_leads_inflate(PG_FUNCTION_ARGS) {
  using namespace export_leads;
  const auto size = static_cast<std::size_t>(Max(PG_GETARG_INT32(1), 0));
  auto* piece = static_cast<bytea*>(palloc(VARHDRSZ + size));
  SET_VARSIZE(piece, VARHDRSZ + size);
  PieceExpander expander = make_piece_expander();
  expand_piece(expander, PG_GETARG_BYTEA_PP(0), VARDATA(piece), size);
  (void)finish_hash(expander.hash);
  PG_RETURN_BYTEA_P(piece);
}
