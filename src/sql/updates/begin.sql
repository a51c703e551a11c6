-- The beginning of an update.
\echo Use "ALTER EXTENSION export_leads UPDATE" to load this file. \quit

-- As in CREATE EXTENSION (src/sql/begin.sql): nobody else's operators.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- An update runs, from any released version, what each version since then changed in the tables
-- (updates/A--B/tables.sql), then this version's functions, which replace those of the same name and arguments or are
-- new, then end.sql, and last what each version changed in the tables' rows by means of the new functions
-- (updates/A--B/data.sql).

-- Members that are there already keep the privileges that the site granted; privileges.sql revokes those on new members
-- only.
SELECT pg_catalog.set_config('export_leads_update.members',
                             (SELECT string_agg(format('%s:%s', d.classid, d.objid), ',')
                              FROM pg_depend AS d
                              WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
                                AND d.refobjid = (SELECT e.oid FROM pg_extension AS e
                                                  WHERE e.extname = 'export_leads')),
                             true);

-- The functions that are there, and who may call them, for end.sql to grant on what replaced them. This version
-- comments on each of its functions: a comment that was written anew tells that it has the function.
SELECT pg_catalog.set_config('export_leads_update.functions',
                             (SELECT jsonb_agg(to_jsonb(f))::text
                              FROM (SELECT p.oid::bigint AS id, p.proname AS name,
                                           string_to_array(p.proargtypes::text, ' ') AS arguments,
                                           (SELECT c.ctid::text
                                            FROM pg_description AS c
                                            WHERE c.classoid = 'pg_proc'::regclass AND c.objoid = p.oid) AS comment,
                                           (SELECT jsonb_agg(to_jsonb(a))
                                            FROM (SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC'
                                                              ELSE acl.grantee::regrole::text END AS grantee,
                                                         acl.is_grantable AS with_grant_option
                                                  FROM aclexplode(p.proacl) AS acl
                                                  WHERE acl.grantee <> p.proowner) AS a) AS grants
                                    FROM pg_proc AS p
                                    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                                    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
                                      AND d.refobjid = (SELECT e.oid FROM pg_extension AS e
                                                        WHERE e.extname = 'export_leads')
                                      -- Others may have been added by the site.
                                      AND p.proname ~ '^_?export_leads' AND p.prokind IN ('f', 'p')) AS f),
                             true);
