# A site that has used a version for some time, in the database crm_former: test/update/VERSION.sql, with a row in each
# of the extension's tables. What can be seen of it is to be the same after an update, or an upgrade of the server.
# shellcheck shell=bash
set -euo pipefail

# make_former VERSION
make_former() {
  psql -Xqc 'CREATE ROLE former_app; CREATE ROLE "former dba"' postgres
  make_tables crm_former
  psql -Xq -v ON_ERROR_STOP=1 -d crm_former -f "test/update/$1.sql" >/dev/null
}
drop_former() {
  drop_crm crm_former
  psql -Xqc 'DROP ROLE former_app, "former dba"' postgres
}

tables() {
  sql crm_former "SELECT c.oid::regclass
                  FROM pg_depend AS d JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
                  WHERE d.deptype = 'e' AND c.relkind = 'r' AND c.relname LIKE 'export\_leads%'
                  ORDER BY c.relname"
}
# The rows of the extension's tables, as JSON: one a line, the table's name in front.
rows() {
  local table
  for table in $(tables); do
    sql crm_former "SELECT '$table', to_jsonb(t) FROM $table AS t"
  done
}
file() { sql crm_former "SET ROLE former_app; SELECT export_leads_csv(7, 'new')"; }

# The functions that a role may call, with a * where it may let others call them.
granted() {
  sql crm_former "SELECT string_agg(DISTINCT (p.proname || CASE WHEN a.is_grantable THEN '*' ELSE '' END) COLLATE \"C\",
                                    ',')
                  FROM pg_proc AS p, aclexplode(p.proacl) AS a
                  WHERE p.proname ~ '^_?export_leads' AND a.grantee = '\"$1\"'::regrole"
}
