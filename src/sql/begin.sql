\echo Use "CREATE EXTENSION export_leads" to load this file. \quit

-- CREATE EXTENSION puts the target schema into the search path, and others may own operators there: an operator that
-- fits better than pg_catalog's own would run as the superuser, now or, in a function parsed here, for ever.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
-- An update has members that are there already: src/sql/updates.
SELECT pg_catalog.set_config('export_leads_update.members', '', true);
