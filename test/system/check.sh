# What the check finds of versions that do not fit each other, and of indexes that are being built.
# shellcheck shell=bash
set -euo pipefail

# SQL of another version than the library: what the check prints is an update. The update script is an empty one.
check_sees_older_sql() {
  make_crm crm_versions
  local version update
  version=$(sql crm_versions "SELECT export_leads_version()")
  update=$("$PG_CONFIG" --sharedir)/extension/export_leads--0.0.0--$version.sql
  sql crm_versions "UPDATE pg_extension SET extversion = '0.0.0' WHERE extname = 'export_leads'"
  touch "$update"
  is "$(sql crm_versions "SELECT name, level, object, remediation FROM export_leads_check()")" \
    "library_version|warning|export_leads|ALTER EXTENSION export_leads UPDATE;"
  echo "SELECT remediation FROM export_leads_check() \\gexec" | psql -Xq -v ON_ERROR_STOP=1 -d crm_versions
  rm "$update"
  is "$(sql crm_versions "SELECT count(*) FROM export_leads_check()")" 0
}

# A session that loaded another library before the one at hand was installed: a new session has that.
check_sees_older_library() {
  local library other=$TMPDIR/other
  library=$("$PG_CONFIG" --pkglibdir)/export_leads.so
  cp -a . "$other"
  rm "$other/src/pg/functions/export_leads_version.o" "$other/export_leads.so"
  make --silent -C "$other" PG_CONFIG="$PG_CONFIG" EXTVERSION=9.9.9 export_leads.so
  mv "$library" "$library.kept"
  cp "$other/export_leads.so" "$library"
  psql -XAtq -d crm_versions >"$TMPDIR/versions" <<SQL || true
SELECT export_leads_version();
\\! mv '$library.kept' '$library'
SELECT name, remediation FROM export_leads_check();
\\connect
SELECT count(*) FROM export_leads_check();
SQL
  is "$(cat "$TMPDIR/versions")" "9.9.9
library_version|-- connect again: this session has loaded another library than the one that is installed
0"
  drop_crm crm_versions
}

# An index that is being built, and waits for a transaction, is neither missing nor invalid.
# The builder does not hold the pipe, so that the transaction ends with this check, however it ends.
check_lets_an_index_be_built() {
  make_crm crm_building
  sql crm_building "INSERT INTO leads (tenant_id, name) SELECT n, 'lead' FROM generate_series(1, 6000) AS n;
                    ANALYZE leads"
  mkfifo "$TMPDIR/writer"
  psql -Xq -d crm_building <"$TMPDIR/writer" &
  exec 9>"$TMPDIR/writer"
  printf 'BEGIN; UPDATE leads SET notes = NULL WHERE id = 1; SELECT pg_advisory_xact_lock(1);\n' >&9
  until [ "$(sql postgres "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = 1 ]; do sleep 0.05; done
  is "$(sql crm_building "SELECT name FROM export_leads_check()")" index_missing
  sql crm_building "CREATE INDEX CONCURRENTLY ON leads (tenant_id, status)" 9>&- &
  local index_id=$!
  until_blocked crm_building
  is "$(sql crm_building "SELECT name FROM export_leads_check()")" ""
  printf 'COMMIT;\n' >&9
  exec 9>&-
  wait "$index_id"
  wait
  is "$(sql crm_building "SELECT name FROM export_leads_check()")" ""
  drop_crm crm_building
}

check "the check finds SQL older than the library, and its remediation updates it" check_sees_older_sql
check "the check finds a library older than the SQL, and its remediation is a new session" check_sees_older_library
check "the check does not report an index that is being built" check_lets_an_index_be_built
