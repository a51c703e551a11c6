# What a session keeps of its exports: after any change, a session that has exported before says what a new one says.
# shellcheck shell=bash
set -euo pipefail

make_kept() {
  make_crm kept
  sql kept "
    CREATE COLLATION same (provider = icu, locale = 'und');
    CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(\$1);
    CREATE FUNCTION exported() RETURNS text LANGUAGE plpgsql AS \$\$
    BEGIN
      RETURN export_leads_csv(7, 'new', ARRAY['full_name', 'status_name', 'phone', 'loud', 'same']);
    EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
    END\$\$;
    SELECT export_leads_add_column('loud', 'public.shout(lead.source)', 'loud');
    SELECT export_leads_add_column('same', '(lead.source COLLATE public.same = ''Website'')::text', 'same')" >/dev/null
  createdb -T kept kept_obeying
  sql kept_obeying "
    CREATE POLICY obeyed ON leads AS RESTRICTIVE USING (source <> 'import');
    SELECT count(*) FROM export_leads_setup(accepted_policies => '{obeyed}')" >/dev/null
}

# around_change DATABASE TEXT: exports in one session before a change, after it in the same transaction, after that was
# undone, and after another session made the change. Prints whether they agree, whether the text is in what comes
# before the change and after it, and what comes after it.
around_change() {
  psql -XAtq -v ON_ERROR_STOP=1 -d "$1" <<SQL
SELECT exported() AS before \\gset
BEGIN;
\\o /dev/null
\\i $TMPDIR/change.sql
\\o
SELECT exported() AS uncommitted \\gset
ROLLBACK;
SELECT exported() AS undone \\gset
\\! psql -XAtq -v ON_ERROR_STOP=1 -d $1 -f $TMPDIR/change.sql >$TMPDIR/change.out
SELECT exported() AS after \\gset
SELECT :'undone' = :'before', :'uncommitted' = :'after', :'before' LIKE '%$2%', :'after' LIKE '%$2%', :'after';
SQL
}

# says [-d DATABASE] CHANGE TEXT [UNDO]: only after the change there is such a text, and a new session says the same.
says() {
  local database=kept rows fresh
  if [ "$1" = -d ]; then
    database=$2
    shift 2
  fi
  printf '%s;\n' "$1" >"$TMPDIR/change.sql"
  createdb -T "$database" kept_changed
  rows=$(around_change kept_changed "$2") || rows=failed
  fresh=$(sql kept_changed "SELECT exported()")
  [ -z "${3:-}" ] || sql kept_changed "$3"
  dropdb kept_changed
  is "$rows" "t|t|f|t|$fresh"
}

# A literal of 'now' is the time of the transaction, in each of them.
literals_are_read_anew() {
  is "$(psql -XAtq -v ON_ERROR_STOP=1 -d kept <<'SQL'
SELECT export_leads_add_column('now', '(''now''::timestamptz)::text', 'now') \g /dev/null
SELECT export_leads_csv(7, 'new', ARRAY['now']) AS first \gset
SELECT export_leads_csv(7, 'new', ARRAY['now']) AS second \gset
SELECT :'first' <> :'second'
SQL
  )" t
}

# A policy that is obeyed and called IMMUTABLE, though it asks for the session's tenant, holds for each tenant's export.
tenants_take_turns() {
  sql kept_obeying "
    CREATE FUNCTION mine() RETURNS int LANGUAGE sql IMMUTABLE AS \$\$ SELECT current_setting('app.tenant')::int \$\$;
    CREATE POLICY mine ON lead_statuses AS RESTRICTIVE USING (business_id = mine());
    SELECT count(*) FROM export_leads_setup(accepted_policies => '{obeyed,mine}', mutable_policies => '{mine}')" \
    >/dev/null
  is "$(sql kept_obeying "
    SET app.tenant = 7; SELECT export_leads_csv(7, 'new', ARRAY['status_name']) LIKE '%חדש%';
    SET app.tenant = 13; SELECT export_leads_csv(13, 'new', ARRAY['status_name']) LIKE '%חדש%'")" "t
t"
}

check "a sample CRM with a column of the site's own, and one with a policy, too" make_kept
check "a restrictive policy is seen" says "CREATE POLICY p ON leads AS RESTRICTIVE USING (true)" '"p"'
check "a restrictive policy on the statuses is seen" says \
  "CREATE POLICY p ON lead_statuses AS RESTRICTIVE USING (true)" '"p"'
check "our own policy with another condition is seen" says \
  "ALTER POLICY export_leads_only_tenant ON call_log USING (true)" "is not as set-up created it"
check "an accepted policy with another condition is seen" says -d kept_obeying \
  "ALTER POLICY obeyed ON leads USING (true)" "since it was accepted"
check "a policy that is no longer accepted is seen" says -d kept_obeying \
  "DELETE FROM export_leads_accepted_policies" "could hide leads"
check "row security that was switched off is seen" says \
  "ALTER TABLE lead_statuses DISABLE ROW LEVEL SECURITY" "is disabled"
check "a privilege on a column that was revoked is seen" says \
  "REVOKE SELECT (label) ON lead_statuses FROM export_leads_reader" "has no SELECT on column"
check "a privilege on a function that was revoked is seen" says \
  "REVOKE EXECUTE ON FUNCTION shout(text) FROM PUBLIC" "has no EXECUTE on function"
check "a privilege on a schema that was revoked is seen" says \
  "REVOKE USAGE ON SCHEMA public FROM PUBLIC, export_leads_reader" "has no USAGE on schema"
check "a reader that is a superuser is seen" says \
  "ALTER ROLE export_leads_reader SUPERUSER" "is a superuser" "ALTER ROLE export_leads_reader NOSUPERUSER"
check "a reader that is a member of a role is seen" says \
  "GRANT pg_monitor TO export_leads_reader" "is a member of" "REVOKE pg_monitor FROM export_leads_reader"
check "a function with another body is seen" says \
  "CREATE OR REPLACE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'other'" \
  "since the column was added"
check "a table of statuses in place of the other is seen" says \
  "ALTER TABLE lead_statuses RENAME TO old; CREATE TABLE lead_statuses (LIKE old)" "another table now"
check "a column in place of the other is seen" says \
  "ALTER TABLE leads RENAME phone_e164 TO old; ALTER TABLE leads ADD phone_e164 text" "is another column now"
check "a collation in place of the other is seen" says \
  "ALTER COLLATION same RENAME TO old;
   CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic = false)" ",true"
check "a header of the site's own is seen" says "SELECT export_leads_set_header('phone', 'Mobile')" "Mobile"
check "an expression for the name is seen" says \
  "SELECT count(*) FROM export_leads_setup(full_name => '''Mr. '' || lead.first_name')" "Mr. "
check "another expression of a column is seen" says \
  "SELECT export_leads_remove_column('loud'); SELECT export_leads_add_column('loud', 'lead.email', 'loud')" "sara@"
check "statuses that are gone are seen" says "TRUNCATE lead_statuses" ",new,"
check "a literal of 'now' is read anew" literals_are_read_anew
check "a policy that wrongly calls itself immutable holds for each tenant" tenants_take_turns

dropdb kept_obeying
drop_crm kept
