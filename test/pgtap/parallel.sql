-- A parallel plan returns the same file as a serial one, every time.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(21);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 10000 + n, CASE n % 4 WHEN 0 THEN 13 WHEN 1 THEN NULL ELSE 7 END,
       CASE WHEN n % 4 > 1 THEN 'lead ' || n ELSE 'SECRET13' END, 'new', repeat('x', n % 100),
       timestamp '2025-01-01' + n % 1000 * interval '1 minute'
FROM generate_series(1, 20000) AS n;
INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
SELECT 10000 + n, CASE n % 5 WHEN 0 THEN 13 ELSE 7 END, 10000 + n,
       CASE n % 5 WHEN 0 THEN 'SECRET13' ELSE 'answered' END,
       timestamp '2025-06-01' + n * interval '1 second'
FROM generate_series(1, 20000) AS n;
CREATE INDEX ON call_log (lead_id);
ANALYZE leads, lead_statuses, call_log;

SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT export_leads_csv('7', 'new') AS file;
SELECT is((SELECT md5(file) FROM serial), md5(test_expected_csv('7', 'new')),
          'a serial plan returns the right file of tenant 7');
SELECT cmp_ok((SELECT length(file) FROM serial), '>', 1000000, 'the file to compare is larger than 1 MB');
SELECT unalike((SELECT file FROM serial), '%SECRET13%', 'the file of tenant 7 holds nothing of tenant 13');

SET max_parallel_workers_per_gather = 4;
SET max_parallel_workers = 8;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;

-- That workers really take part: a policy of the site's that only the leader may evaluate.
CREATE FUNCTION site_leader(id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_backend_pid() <> current_setting('test.leader')::int THEN
        RAISE EXCEPTION 'a worker reads the leads';
    END IF;
    RETURN true;
END;
$$;
SELECT set_config('test.leader', pg_backend_pid()::text, true) AS leader \gset
CREATE POLICY site ON leads AS RESTRICTIVE USING (site_leader(id));
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site}') \gset
SET parallel_leader_participation = off;
SELECT is(test_error($$SELECT md5(export_leads_csv('7', 'new'))$$), 'P0001: a worker reads the leads',
          'parallel workers read the leads of an export');
SELECT is(export_leads_tenant(), NULL, 'an error in a worker leaves no tenant');
SELECT is(current_user, session_user, 'an error in a worker leaves no other user');
DROP POLICY site ON leads;

SELECT is(md5(export_leads_csv('7', 'new')), (SELECT md5(file) FROM serial),
          format('workers alone return the same file, time %s', n))
FROM generate_series(1, 5) AS n;
SET parallel_leader_participation = on;
SELECT is(md5(export_leads_csv('7', 'new')), (SELECT md5(file) FROM serial),
          format('leader and workers return the same file, time %s', n))
FROM generate_series(1, 5) AS n;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_nestloop = off;
-- PostgreSQL 16 renamed it.
SELECT count(set_config(name, 'on', false)) AS forced
FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT is(md5(export_leads_csv('7', 'closed')), md5(test_expected_csv('7', 'closed')),
          'workers return the right file where the planner sees no use for them');
SELECT count(set_config(name, 'off', false)) AS forced
FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
RESET enable_nestloop;
RESET enable_bitmapscan;
RESET enable_indexscan;
SELECT is(md5(export_leads_csv('13', 'new')), md5(test_expected_csv('13', 'new')),
          'a parallel plan returns the right file of tenant 13');

-- A worker has no tenant; were its function called there, the file would be short.
ALTER FUNCTION export_leads_tenant() PARALLEL SAFE;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: function public.export_leads_tenant\(\) is marked PARALLEL SAFE',
               'an export is refused where export_leads_tenant() is marked PARALLEL SAFE');
SET ROLE export_leads_reader;
SET parallel_leader_participation = off;
SELECT is(test_error('SELECT count(*) FROM (SELECT FROM leads WHERE export_leads_tenant() IS NOT NULL OFFSET 0) AS l'),
          '55000: export_leads_tenant() cannot run in a parallel worker '
          '(Run ALTER FUNCTION export_leads_tenant() PARALLEL RESTRICTED.)',
          'export_leads_tenant() in a worker is an error, not NULL');
RESET ROLE;

ALTER FUNCTION export_leads_tenant() PARALLEL RESTRICTED;

-- Whoever marks what calls an export as safe for workers is told so.
CREATE FUNCTION site_wrapper(status text) RETURNS text STABLE PARALLEL SAFE LANGUAGE plpgsql AS
$$ BEGIN RETURN export_leads_csv('7', status); END $$;
SELECT is(test_error('SELECT count(*) FROM (SELECT FROM leads WHERE site_wrapper(status) IS NOT NULL OFFSET 0) AS l'),
          '55000: exports cannot run in a parallel worker (Mark the function that calls the export PARALLEL UNSAFE.)',
          'an export in a parallel worker is an error that says what to mark PARALLEL UNSAFE');

SELECT finish();
ROLLBACK;
