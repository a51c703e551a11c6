# The tests of an installed extension leave nothing behind.
# shellcheck shell=bash
set -euo pipefail

installcheck_leaves_nothing() {
  local census="SELECT string_agg(name, ',' ORDER BY name)
                FROM (SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database) AS all_names (name)"
  local before
  before=$(sql postgres "$census")
  make --silent PG_CONFIG="$PG_CONFIG" installcheck
  is "$(sql postgres "$census")" "$before"
}

check "make installcheck leaves no role and no database" installcheck_leaves_nothing
