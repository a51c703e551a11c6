# The layers that keep tenants apart, each without the others: a module looks at the queries of exports on their way to
# the planner, and puts another tenant into the conditions of the policies, into those of the query, or into both.
# shellcheck shell=bash
set -euo pipefail

build_layers() {
  "${CXX:-c++}" -std=c++20 -fno-exceptions -fno-rtti -fPIC -shared -I src \
    -isystem "$("$PG_CONFIG" --includedir-server)" -o "$TMPDIR/layers.so" test/system/layers.cpp
  make_crm crm_layers
}

# layers SETTING VALUE...: what a session with these settings of the module says when it exports a status of tenant 7:
# how many leads there are and how many of them have a call, or the error.
layers() {
  {
    printf '%s\n' '\set VERBOSITY verbose' "LOAD '$TMPDIR/layers.so';"
    printf 'SET layers.%s = %s;\n' "$@"
    cat <<SQL
SELECT count(*), count(NULLIF(split_part(line, ',', 8), ''))
FROM string_to_table(export_leads_csv(7, 'new'), E'\r\n') WITH ORDINALITY AS l (line, place)
WHERE place > 1 AND line <> '';
SQL
  } | psql -XAtq -d crm_layers 2>&1 | sed -n 's/^psql:<stdin>:[0-9]*: //; /^LOCATION/d; /^HINT/d; p'
}

# Also where a policy that is obeyed reads one of the tables. What set-up gave other roles is kept from the rewriter in
# an export, but not in the module.
only_the_tenant_differs() {
  sql crm_layers "CREATE POLICY site ON leads AS RESTRICTIVE
                    USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = leads.status));
                  SELECT count(*) FROM export_leads_setup(accepted_policies => '{site}');
                  ALTER POLICY export_leads_others ON leads TO pg_monitor;
                  ALTER POLICY export_leads_others ON lead_statuses TO pg_monitor;
                  ALTER POLICY export_leads_others ON call_log TO pg_monitor" >/dev/null
  is "$(layers compare on)" "NOTICE:  00000: lead_statuses of 7
NOTICE:  00000: all else is the same
NOTICE:  00000: leads of 7
NOTICE:  00000: lead_statuses of 7
NOTICE:  00000: call_log of 7
NOTICE:  00000: all else is the same
22|18"
}

# without_rows LAYER: with another tenant in one of the two layers no row of that is found, in whichever table.
without_rows() {
  is "$(layers "$1" 13)" "0|0" &&
    is "$(layers "$1" 13 relation leads)" "0|0" &&
    is "$(layers "$1" 13 relation call_log)" "22|0" &&
    is "$(layers "$1" 13 relation lead_statuses)" "22|18"
}

# With another tenant in both of them, the check of each row meets it.
rows_are_refused() {
  local refused='ERROR:  XX000: an export met a row of another tenant' relation
  for relation in leads call_log lead_statuses; do
    is "$(layers policies 13 query 13 relation "$relation")" "$refused"
  done
}

check "a module that looks at the queries of exports is built" build_layers
check "the tenant's value is all that differs between the inspected query and the planned one" only_the_tenant_differs
check "the conditions of the policies alone keep rows of another tenant out" without_rows query
check "the conditions of the query alone keep rows of another tenant out" without_rows policies
check "a row of another tenant that both let through is refused" rows_are_refused
drop_crm crm_layers
