# Dump and restore: what comes back works at once, or says what is missing.
# shellcheck shell=bash
set -euo pipefail

# digest DATABASE: of three files.
digest() {
  sql "$1" "SELECT md5(string_agg(export_leads_csv(t, s), ''))
            FROM (VALUES (7, 'new'), (13, 'new'), (21, 'in_progress')) AS c (t, s)"
}

# own_columns DATABASE: the file of a site's own columns and headers.
own_columns() { sql "$1" "SELECT md5(export_leads_csv(7, 'new', '{city,lead_id,last}'))"; }

dump_and_restore() {
  make_crm crm_dumped
  sql crm_dumped "ALTER TABLE leads ADD city text"
  sql crm_dumped "UPDATE leads SET city = 'עיר ' || id"
  sql crm_dumped "SELECT export_leads_add_column('city', 'lead.city', 'עיר'),
                         export_leads_add_column('last', 'call.id'),
                         export_leads_set_header('lead_id', 'מזהה')"
  sql crm_dumped "SELECT count(*)
                  FROM export_leads_setup(time_zone => 'Asia/Jerusalem', right_to_left => false)" >/dev/null
  local before own_before
  before=$(digest crm_dumped)
  own_before=$(own_columns crm_dumped)
  is "$(pg_dump -Fc -f "$TMPDIR/crm.dump" crm_dumped 2>&1)" "" # no warning
  createdb crm_restored
  pg_restore --exit-on-error -d crm_restored "$TMPDIR/crm.dump"
  is "$(digest crm_restored)" "$before"
  is "$(own_columns crm_restored)" "$own_before"
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_check() WHERE name <> 'history_not_set_up'")" 0
  # Whether policies of an extension's tables are dumped depends on pg_dump's version.
  sql crm_restored "SELECT count(*) FROM export_leads_setup()" >/dev/null
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_check()")" 0
  is "$(sql crm_restored "SELECT string_agg(detail, ',') FROM export_leads_setup() WHERE action = 'file'")" \
    false,Asia/Jerusalem
  is "$(sql crm_restored "SELECT string_agg(action, ',') FROM export_leads_setup()
                          WHERE action NOT IN ('found', 'file')")" unchanged
}

# The history comes with its files, or without them: its rows say what is missing then.
dump_of_the_history() {
  local id before
  make_crm crm_dumped
  id=$(sql crm_dumped "SELECT export_id FROM export_leads_save(7, 'new')")
  before=$(sql crm_dumped "SELECT md5(body) FROM export_leads_saved(7, '$id')")
  sql crm_dumped "SELECT export_leads_save(13, 'new', 'xlsx')" >/dev/null
  pg_dump -Fc -f "$TMPDIR/history.dump" crm_dumped
  pg_dump -Fc --exclude-table-data='export_leads_pieces' -f "$TMPDIR/rows.dump" crm_dumped
  createdb crm_restored
  pg_restore --exit-on-error -d crm_restored "$TMPDIR/history.dump"
  sql crm_restored "DROP POLICY IF EXISTS export_leads_own_tenant ON export_leads_exports"
  is "$(sqlstate crm_restored "SELECT * FROM export_leads_history(7)")" 55000
  sql crm_restored "SELECT count(*) FROM export_leads_setup()" >/dev/null
  is "$(sql crm_restored "SELECT md5(body) FROM export_leads_saved(7, '$id')")" "$before"
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_history(13)")" 1
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_check() WHERE name <> 'nobody_may_export'")" 0
  is "$(sql crm_restored "SELECT string_agg(action, ',') FROM export_leads_setup() WHERE action <> 'found'")" unchanged
  sql crm_restored "SELECT export_leads_save(7, 'new'); SELECT export_leads_forget(7, '$id')" >/dev/null
  dropdb crm_restored
  createdb crm_restored
  pg_restore --exit-on-error -d crm_restored "$TMPDIR/rows.dump"
  sql crm_restored "SELECT count(*) FROM export_leads_setup()" >/dev/null
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_history(7) WHERE export_id = '$id'")" 1
  is "$(sqlstate crm_restored "SELECT * FROM export_leads_saved(7, '$id')")" P0002
  is "$(sqlstate crm_restored "SELECT * FROM export_leads_saved(13, '$id')")" P0002
  is "$(sqlstate crm_restored "SELECT export_leads_save(7, 'new')")" 00000
  drop_crm crm_restored
  drop_crm crm_dumped
}

# Parallel jobs load the pieces of files and the deliveries before or after the exports that they belong to, here surely
# before: set-up makes the foreign keys. Until then nothing is shown or removed, and no run of a schedule fails.
restore_in_another_order() {
  local id before call
  make_crm crm_dumped
  id=$(sql crm_dumped "SELECT export_id FROM export_leads_save(7, 'new')")
  before=$(sql crm_dumped "SELECT md5(body) FROM export_leads_saved(7, '$id')")
  sql crm_dumped "INSERT INTO export_leads_deliveries (tenant, export_id, recipient)
                  VALUES ('7', '$id', 'dana@example.com')"
  sql crm_dumped "SELECT export_leads_schedule(7, 'new', '08:00')" >/dev/null
  sql crm_dumped "UPDATE export_leads_schedules SET next_run = now() - interval '1 minute'"
  pg_dump -Fd --jobs=2 -f "$TMPDIR/crm.dir" crm_dumped
  pg_restore --list "$TMPDIR/crm.dir" >"$TMPDIR/list"
  { grep -v ' TABLE DATA public export_leads_exports ' "$TMPDIR/list"
    grep ' TABLE DATA public export_leads_exports ' "$TMPDIR/list"; } >"$TMPDIR/late"
  createdb crm_restored
  pg_restore --exit-on-error --use-list="$TMPDIR/late" -d crm_restored "$TMPDIR/crm.dir"
  is "$(sql crm_restored "SELECT name FROM export_leads_check() WHERE level = 'warning'")" history_not_set_up
  for call in "SELECT export_leads_save(7, 'new')" "SELECT export_leads_saved(7, '$id')" \
    "SELECT export_leads_forget(7, '$id')" "SELECT export_leads_deliveries(7, '$id')" "SELECT export_leads_purge()" \
    "CALL export_leads_run_due()"; do
    is "$call: $(sqlstate crm_restored "$call")" "$call: 55000"
  done
  is "$(sql crm_restored "SELECT failures FROM export_leads_schedules")" 0
  sql crm_restored "SELECT count(*) FROM export_leads_setup()" >/dev/null
  is "$(sql crm_restored "SELECT md5(body) FROM export_leads_saved(7, '$id')")" "$before"
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_check() WHERE name <> 'nobody_may_export'")" 0
  sql crm_restored "CALL export_leads_run_due()"
  sql crm_restored "SELECT export_leads_forget(7, '$id')"
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_pieces WHERE export_id = '$id'")" 0
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_deliveries WHERE export_id = '$id'")" 0
  is "$(sql crm_restored "SELECT state FROM export_leads_exports")" "done"
  # As -j loads them.
  dropdb crm_restored
  createdb crm_restored
  pg_restore --exit-on-error --jobs=2 -d crm_restored "$TMPDIR/crm.dir"
  sql crm_restored "SELECT count(*) FROM export_leads_setup()" >/dev/null
  is "$(sql crm_restored "SELECT md5(body) FROM export_leads_saved(7, '$id')")" "$before"
  drop_crm crm_restored
  drop_crm crm_dumped
}

# Policies for a role that is not there are not restored: an error, not an empty file; set-up mends it.
restore_without_the_role() {
  local before own_before
  before=$(digest crm_dumped)
  own_before=$(own_columns crm_dumped)
  drop_crm crm_dumped
  drop_crm crm_restored
  is "$(reader_exists)" 0
  createdb crm_restored
  pg_restore -d crm_restored "$TMPDIR/crm.dump" 2>/dev/null || true
  is "$(sqlstate crm_restored "SELECT export_leads_csv(7, 'new')")" 55000
  is "$(sql crm_restored "SELECT name FROM export_leads_check()")" reader_missing
  sql crm_restored "SELECT count(*) FROM export_leads_setup()" >/dev/null
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_check()")" 0
  is "$(digest crm_restored)" "$before"
  is "$(own_columns crm_restored)" "$own_before"
  drop_crm crm_restored
}

# Policies, row security and grants are there, and what set-up had decided is not: it takes them for its own.
restore_of_the_schema() {
  make_crm crm_dumped
  pg_dump --schema-only -f "$TMPDIR/schema.sql" crm_dumped
  createdb crm_restored
  psql -Xq -v ON_ERROR_STOP=1 -d crm_restored -f "$TMPDIR/schema.sql" >"$TMPDIR/schema.log"
  is "$(sqlstate crm_restored "SELECT export_leads_csv(7, 'new')")" 55000
  is "$(sql crm_restored "SELECT detail FROM export_leads_setup(dry_run => true) WHERE action = 'note'")" \
    "what an earlier set-up of these tables was told is lost: give it the arguments that it had, and grants, columns, \
headers and accepted policies again"
  # The policies of the extension's own tables are not, or are, by pg_dump's version.
  is "$(sql crm_restored "SELECT count(*) FROM export_leads_setup()
                          WHERE action <> 'found' AND object !~ 'export_leads(_|$)'")" 0
  is "$(sql crm_restored "SELECT string_agg(action, ',') FROM export_leads_setup() WHERE action <> 'found'")" unchanged
  is "$(sqlstate crm_restored "SELECT export_leads_csv(7, 'new')")" 00000
  sql crm_restored "SELECT count(*) FROM export_leads_teardown()" >/dev/null
  is "$(sql crm_restored "SELECT count(*) FROM pg_policies")" 0
  is "$(sql crm_restored "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relname !~ '^export_leads'")" 0
  is "$(sql crm_restored "SELECT count(*) FROM pg_attribute, aclexplode(attacl)
                          WHERE grantee = 'export_leads_reader'::regrole")" 0
  dropdb crm_restored
  drop_crm crm_dumped
}

check "a dump restores: the same files, nothing to mend" dump_and_restore
check "a dump restored without the reader is an error until set-up" restore_without_the_role
check "set-up takes over what a restored schema holds, and teardown leaves nothing of it" restore_of_the_schema
check "a dump takes the history along, with its files or without" dump_of_the_history
check "the tables of the history restore in any order" restore_in_another_order
