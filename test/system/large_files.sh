# Files as large as a value may be, and streams that outlive their transaction.
# shellcheck shell=bash
set -euo pipefail

# What a cursor WITH HOLD keeps outlives the transaction of the export.
stream_through_a_held_cursor() {
  make_crm crm_held
  sql crm_held "INSERT INTO leads (id, tenant_id, status, first_name, notes)
                SELECT 1000 + n, 7, 'new', 'x', repeat('הערה ', 1000) FROM generate_series(1, 200) AS n"
  sql crm_held "SELECT export_leads_csv(7, 'new')" >"$TMPDIR/whole.csv"
  psql -XAtq -v ON_ERROR_STOP=1 -d crm_held >"$TMPDIR/pieces.csv" <<'SQL'
BEGIN;
DECLARE pieces CURSOR WITH HOLD FOR SELECT export_leads_csv_stream(7, 'new');
COMMIT;
\pset recordsep_zero
UPDATE leads SET notes = 'changed later';
FETCH ALL FROM pieces;
SQL
  [ "$(tr -dc '\0' <"$TMPDIR/pieces.csv" | wc -c)" -ge 6 ]
  tr -d '\0' <"$TMPDIR/pieces.csv" >"$TMPDIR/joined.csv"
  head -c -1 "$TMPDIR/whole.csv" | cmp - "$TMPDIR/joined.csv"
  drop_crm crm_held
}

# A value holds 1 GB less one byte, four bytes of which are its length.
limit_of_one_gigabyte() {
  make_crm crm_large
  sql crm_large "INSERT INTO lead_statuses (business_id, name, label) VALUES (7, 'large', 'גדול')"
  sql crm_large "ALTER TABLE leads ALTER notes SET COMPRESSION lz4"
  sql crm_large "INSERT INTO leads (id, tenant_id, status, first_name, notes)
                 SELECT 1000 + n, 7, 'large', 'x', repeat('a', 536870000) FROM generate_series(0, 1) AS n"
  local limit=$((1073741823 - 4)) size
  size=$(sql crm_large "SELECT octet_length(export_leads_csv(7, 'large'))")
  sql crm_large "UPDATE leads SET notes = notes || repeat('a', $limit - $size) WHERE id = 1000"
  is "$(sql crm_large "SELECT octet_length(export_leads_csv(7, 'large'))")" "$limit"
  sql crm_large "UPDATE leads SET notes = notes || 'a' WHERE id = 1000"
  is "$(sqlstate crm_large "SELECT octet_length(export_leads_csv(7, 'large'))")" 54000
  is "$(sqlstate crm_large "SELECT export_leads_csv(7, 'new')")" 00000
  is "$(sql crm_large "SELECT size FROM export_leads_save(7, 'large')")" $((limit + 1))
  is "$(sql crm_large "SELECT sum(length(p))
                       FROM export_leads_history(7) AS h, export_leads_saved_pieces(7, h.export_id) AS p")" \
    $((limit + 1))
  is "$(sqlstate crm_large "SELECT s.*
                            FROM export_leads_history(7) AS h, export_leads_saved(7, h.export_id) AS s")" 54000
  drop_crm crm_large
}

check "a stream through a cursor WITH HOLD is whole after COMMIT" stream_through_a_held_cursor
check "a file of exactly 1 GB works, one byte more is 54000, but can be kept and fetched" limit_of_one_gigabyte
