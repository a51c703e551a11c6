-- The beginning of the extension's script.
\echo Use "CREATE EXTENSION export_leads" to load this file. \quit

-- CREATE EXTENSION puts the target schema into the search path, and others may own operators there: one that matches
-- better than pg_catalog's own would run as the superuser, now or, in a function that is parsed here, from now on.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
-- Only an update finds members that are there already: see src/sql/updates/begin.sql.
SELECT pg_catalog.set_config('export_leads_update.members', '', true);
