# Tables that are rewritten while somebody exports.
# shellcheck shell=bash
set -euo pipefail

# leads_in FILE: how many leads a file of the sample holds in the column "new": it has no line breaks in its ids.
leads_in() { grep -c '^new,' "$1"; }

# A partition that is being rewritten while an export starts: the export waits, and then sees the new rows. Its
# snapshot must be younger than its locks.
rewrite_while_waiting() {
  make_crm crm_rewrite
  psql -Xq -v ON_ERROR_STOP=1 -d crm_rewrite <<'SQL'
SELECT count(*) FROM export_leads_teardown();
ALTER TABLE leads RENAME TO old_leads;
CREATE TABLE leads (LIKE old_leads) PARTITION BY LIST (tenant_id);
CREATE TABLE leads_7 PARTITION OF leads FOR VALUES IN (7);
CREATE TABLE leads_rest PARTITION OF leads DEFAULT;
INSERT INTO leads SELECT * FROM old_leads;
SELECT count(*) FROM export_leads_setup();
SQL
  sql crm_rewrite "SELECT export_leads_csv(7, 'new')" >"$TMPDIR/before.csv"
  mkfifo "$TMPDIR/rewriter"
  psql -Xq -d crm_rewrite <"$TMPDIR/rewriter" &
  exec 9>"$TMPDIR/rewriter"
  printf 'BEGIN; ALTER TABLE leads_7 SET UNLOGGED; NOTIFY ready;\n' >&9
  until [ "$(sql postgres "SELECT count(*) FROM pg_locks
                           WHERE mode = 'AccessExclusiveLock' AND granted AND locktype = 'relation'")" -gt 0 ]; do
    sleep 0.05
  done
  sql crm_rewrite "SELECT export_leads_csv(7, 'new')" >"$TMPDIR/after.csv" &
  local export_id=$!
  until_blocked crm_rewrite
  printf 'COMMIT;\n' >&9
  exec 9>&-
  wait "$export_id"
  wait
  is "$(leads_in "$TMPDIR/after.csv")" "$(leads_in "$TMPDIR/before.csv")"
  cmp "$TMPDIR/before.csv" "$TMPDIR/after.csv"
}

# A transaction that keeps an older snapshot than a rewrite sees an empty table: an error instead.
rewrite_before_an_old_snapshot() {
  printf '%s\n' "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;" \
    "\\! psql -Xqc 'ALTER TABLE leads_7 ADD COLUMN luck float DEFAULT random()' crm_rewrite 2>&1" \
    "\\! psql -Xqc 'ALTER TABLE leads_7 SET LOGGED' crm_rewrite" \
    "SELECT length(export_leads_csv(7, 'new'));" "\\echo :SQLSTATE" |
    psql -XAtq -d crm_rewrite -f - >"$TMPDIR/old_snapshot" 2>&1
  is "$(tail -n 1 "$TMPDIR/old_snapshot")" 40001
  drop_crm crm_rewrite
}

check "an export waits for a rewrite and then sees every lead" rewrite_while_waiting
check "an export with a snapshot older than a rewrite is an error" rewrite_before_an_old_snapshot
