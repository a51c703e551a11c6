\echo Use "ALTER EXTENSION export_leads UPDATE" to load this file. \quit

-- As in CREATE EXTENSION: nobody else's operators.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- An update from any released version: what each version since has changed of the tables (updates/A--B/tables.sql), then
-- this version's functions, each of which replaces the one of its name and arguments or is new, then end.sql, and what
-- the new functions make of the tables' rows (updates/A--B/data.sql).

-- What is there already keeps the privileges that the site gave; privileges.sql takes those of what is new only.
SELECT pg_catalog.set_config('export_leads_update.members',
                             (SELECT string_agg(format('%s:%s', d.classid, d.objid), ',')
                              FROM pg_depend AS d
                              WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
                                AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')),
                             true);

-- The functions that are there, and who may call them: end.sql gives it for what has replaced them. Where a function's
-- row is tells whether it was replaced in place.
SELECT pg_catalog.set_config('export_leads_update.functions',
                             (SELECT jsonb_agg(to_jsonb(f))::text
                              FROM (SELECT p.oid::bigint AS id, p.ctid::text AS place, p.proname AS name,
                                           string_to_array(p.proargtypes::text, ' ') AS arguments,
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
                                                        WHERE e.extname = 'export_leads')) AS f),
                             true);
