\echo Use "ALTER EXTENSION export_leads UPDATE" to load this file. \quit

-- As in CREATE EXTENSION: nobody else's operators.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

-- From version 0.1.0. Between this and the end come the functions of this version, each of which replaces or is new.

-- What is there already keeps the privileges that the site gave; privileges.sql takes those of what is new only.
SELECT pg_catalog.set_config('export_leads_update.members',
                             (SELECT string_agg(format('%s:%s', d.classid, d.objid), ',')
                              FROM pg_depend AS d
                              WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
                                AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')), true);
