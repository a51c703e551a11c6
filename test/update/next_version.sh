# A version after the one at hand, which is made from a copy of the sources and installed beside it.
# It takes $version, which is at hand, from test/update/run.
# shellcheck shell=bash
# shellcheck disable=SC2154
set -euo pipefail

next=$TMPDIR/next next_version=1000.0.0

# Installs a version after this one, made from a copy of the sources: a table has a column more, a function returns
# another type and one takes another argument, one is new, and one is gone.
install_next_version() {
  cp -a . "$next"
  cd "$next"
  sed -i "s/\"version\": \"$version\"/\"version\": \"$next_version\"/" META.json
  sed -i "s/'$version'/'$next_version'/" export_leads.control
  cat >>"sql/export_leads--$version.sql" <<'SQL'
CREATE FUNCTION @extschema@._export_leads_gone() RETURNS integer
LANGUAGE sql SET search_path = pg_catalog, pg_temp RETURN 1;
CREATE FUNCTION @extschema@.export_leads_changed(a integer) RETURNS integer
LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC SELECT @extschema@._export_leads_gone(); END;
COMMENT ON FUNCTION @extschema@._export_leads_gone() IS 'Internal: a function that the next version does not have';
COMMENT ON FUNCTION @extschema@.export_leads_changed(integer) IS 'A function that the next version changes';
REVOKE ALL ON FUNCTION @extschema@._export_leads_gone(), @extschema@.export_leads_changed(integer) FROM PUBLIC;
SQL
  cat >>src/sql/tenant.sql <<'SQL'

CREATE FUNCTION @extschema@.export_leads_changed(a integer, b integer DEFAULT 2) RETURNS text
LANGUAGE sql SET search_path = pg_catalog, pg_temp RETURN a + b;
CREATE FUNCTION @extschema@.export_leads_new() RETURNS text
LANGUAGE sql SET search_path = pg_catalog, pg_temp RETURN 'new';
COMMENT ON FUNCTION @extschema@.export_leads_changed(integer, integer) IS 'A function that this version has changed';
COMMENT ON FUNCTION @extschema@.export_leads_new() IS 'A function of this version';
SQL
  cat >>src/sql/tables.sql <<'SQL'

ALTER TABLE @extschema@.export_leads_grants ADD COLUMN granted_by text NOT NULL DEFAULT '';
CREATE TABLE @extschema@.export_leads_next (name text);
COMMENT ON TABLE @extschema@.export_leads_next IS 'A table of the next version';
SQL
  mkdir "src/sql/updates/$version--$next_version"
  cat >"src/sql/updates/$version--$next_version/tables.sql" <<'SQL'

ALTER TABLE @extschema@.export_leads_grants ADD COLUMN granted_by text NOT NULL DEFAULT '';
CREATE TABLE @extschema@.export_leads_next (name text);
COMMENT ON TABLE @extschema@.export_leads_next IS 'A table of the next version';
SQL
  cat >"src/sql/updates/$version--$next_version/data.sql" <<'SQL'

UPDATE @extschema@.export_leads_grants SET granted_by = @extschema@.export_leads_new();
SQL
  make --silent PG_CONFIG="$PG_CONFIG" install
}
# The suites after this one must find this version.
reinstall_this_version() {
  make --silent -C "$next" PG_CONFIG="$PG_CONFIG" uninstall
  make --silent PG_CONFIG="$PG_CONFIG" install
}
fills_what_is_new() { is "$(sql crm_former "SELECT DISTINCT granted_by FROM export_leads_grants")" new; }
grants_what_changed() {
  is "$(sql crm_former "SELECT string_agg(p.oid::regprocedure::text, ';')
                        FROM pg_proc AS p, aclexplode(p.proacl) AS a
                        WHERE p.proname IN ('export_leads_changed', 'export_leads_new')
                          AND a.grantee = 'former_app'::regrole")" \
    "export_leads_changed(integer,integer)"
}
