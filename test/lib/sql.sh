# Statements, their errors and a CRM to export from, for suites that are shell programs.
# shellcheck shell=bash
set -euo pipefail

# sql DATABASE SQL: what the statements print; fails where they do.
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }

# sqlstate DATABASE SQL: the SQLSTATE of the last statement; 00000 where it does not fail.
sqlstate() { printf '%s;\n\\echo :SQLSTATE\n' "$2" | psql -XAtq -d "$1" -f - 2>/dev/null | tail -n 1; }

# is GOT EXPECTED: fails where they differ, and shows both.
is() { [ "$1" = "$2" ] || { printf 'got:      %s\nexpected: %s\n' "$1" "$2"; return 1; }; }

# make_tables DATABASE: a new database with the tables of the sample CRM, script/demo_crm.sql.
make_tables() {
  createdb "$1"
  psql -Xq -v ON_ERROR_STOP=1 -d "$1" -f script/demo_crm.sql
}

# set_up DATABASE: installs the extension, sets it up, and lets a role export that is on every server.
set_up() {
  sql "$1" "CREATE EXTENSION export_leads"
  sql "$1" "SELECT count(*) FROM export_leads_setup()" >/dev/null
  sql "$1" "SELECT export_leads_allow('pg_monitor')"
}

make_crm() {
  make_tables "$1"
  set_up "$1"
}

drop_crm() {
  sql "$1" "SELECT count(*) FROM export_leads_teardown()" >/dev/null
  dropdb "$1"
}

# How many roles `export_leads_reader` there are.
reader_exists() { sql postgres "SELECT count(*) FROM pg_roles WHERE rolname = 'export_leads_reader'"; }

# until_blocked DATABASE: waits until some session of the database waits for a lock.
until_blocked() {
  local tries
  for tries in $(seq 200); do
    [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = '$1' AND wait_event_type = 'Lock'")" = 0 ] || return 0
    sleep 0.05
  done
  echo "nothing waits for a lock after $tries tries"
  return 1
}
