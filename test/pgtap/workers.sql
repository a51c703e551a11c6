-- A large export is made in ranges of creation times, by parallel workers and the leader at once: the same file, and
-- under the same guards.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(38);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- Every lead has a time, and many have the same one.
DELETE FROM leads WHERE created_at IS NULL;
INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 10000 + n, CASE n % 4 WHEN 0 THEN 13 WHEN 1 THEN NULL ELSE 7 END,
       CASE WHEN n % 4 > 1 THEN 'lead ' || n ELSE 'SECRET13' END, 'new', repeat('x', n % 100),
       timestamp '2025-01-01' + n % 400 * interval '1 minute'
FROM generate_series(1, 4000) AS n;
INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
SELECT 10000 + n, CASE n % 5 WHEN 0 THEN 13 ELSE 7 END, 10000 + n,
       CASE n % 5 WHEN 0 THEN 'SECRET13' ELSE 'answered' END,
       timestamp '2025-06-01' + n * interval '1 second'
FROM generate_series(1, 4000) AS n;
CREATE INDEX ON leads (tenant_id, status, created_at DESC, id DESC);
CREATE INDEX ON call_log (lead_id, created_at DESC, id DESC);
ANALYZE leads, lead_statuses, call_log;

-- A column that holds which process made the record. With test.pause, in seconds, the leader takes its time, so that
-- workers have their turn.
CREATE FUNCTION site_process(lead int) RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_backend_pid() = current_setting('test.leader')::int THEN
        PERFORM pg_sleep(current_setting('test.pause')::float);
    END IF;
    RETURN pg_backend_pid();
END;
$$;
SELECT set_config('test.leader', pg_backend_pid()::text, true) AS leader \gset
SET test.pause = 0;
SELECT count(*) AS columns FROM export_leads_add_column('process', 'public.site_process(lead.id)', 'process') \gset

-- How many processes an export of tenant 7's leads has.
CREATE FUNCTION test_processes() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(DISTINCT line)
    FROM string_to_table(trim(E'\r\n' FROM export_leads_csv('7', 'new', '{process}')), E'\r\n') WITH ORDINALITY
         AS t (line, number)
    WHERE number > 1
$$;

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 1000;
SELECT is(test_processes(), 1::bigint, 'a small export is made by one process');
SET parallel_setup_cost = 0;
SET test.pause = 0.002;
SELECT cmp_ok(test_processes(), '>', 1::bigint, 'an export that costs enough is made by several processes');
SET test.pause = 0;

-- The file.
CREATE TEMP TABLE serial AS SELECT test_expected_csv('7', 'new') AS file;
SELECT cmp_ok((SELECT length(file) FROM serial), '>', 100000, 'the file to compare is larger than 100 kB');
SELECT is(export_leads_csv('7', 'new'), (SELECT file FROM serial), format('they make the right file, time %s', n))
FROM generate_series(1, 5) AS n;
SELECT is((SELECT string_agg(piece, '') FROM export_leads_csv_stream('7', 'new') AS piece), (SELECT file FROM serial),
          'they make the right stream');
SELECT is((SELECT convert_from(body, 'UTF8') FROM export_leads_file('7', 'new', 'csv')), (SELECT file FROM serial),
          'they make the right body');
SELECT is((SELECT lead_count FROM export_leads_file('7', 'new', 'csv')),
          (SELECT count(*) FROM leads WHERE tenant_id = 7 AND status = 'new'), 'they count the leads of all processes');
SELECT is((SELECT convert_from(f.body, 'UTF8')
           FROM export_leads_save('7', 'new') AS s, export_leads_saved('7', s.export_id) AS f),
          (SELECT file FROM serial), 'they make the right file to keep');
SELECT is(export_leads_csv('13', 'new'), test_expected_csv('13', 'new'), 'they make the right file of tenant 13');
SELECT unalike(export_leads_csv('7', 'new'), '%SECRET13%', 'the file of tenant 7 holds nothing of tenant 13');
SELECT is(export_leads_csv('7', 'VIP'), test_expected_csv('7', 'VIP'), 'they make the right file of one lead');
SELECT is(export_leads_csv('7', 'Mixed'), test_expected_csv('7', 'Mixed'), 'they make the right file of no lead');

-- Against a file of one process: bounds, and what the session's settings say.
CREATE FUNCTION test_same(bounds text, settings text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    files text[];
    workers text;
BEGIN
    EXECUTE settings;
    FOREACH workers IN ARRAY '{0,2}'::text[] LOOP
        PERFORM set_config('max_parallel_workers_per_gather', workers, true);
        EXECUTE format('SELECT $1 || export_leads_csv(%s)', bounds) INTO files USING files;
    END LOOP;
    RETURN files[1] = files[2] AND length(files[1]) > 1000;
END;
$$;
SELECT ok(test_same(bounds, settings), format('they make the same file with %s %s', bounds, settings))
FROM (VALUES
    ($$'7', 'new', created_from => '2025-01-01 01:00'$$, ''),
    ($$'7', 'new', created_to => '2025-01-01 05:00'$$, ''),
    ($$'7', 'new', created_from => '2025-01-01 01:00:00', created_to => '2025-01-01 04:59:00.000001'$$, ''),
    ($$'7', 'new', created_from => '-infinity', created_to => 'infinity'$$, ''),
    ($$'7', 'new', '{notes,lead_id,full_name}'$$, ''),
    ($$'7', 'new'$$, $$SET LOCAL export_leads.csv_delimiter = 'semicolon'; SET LOCAL export_leads.csv_bom = off$$),
    ($$'7', 'new'$$, $$SET LOCAL export_leads.timestamp_style = 'excel'; SET LOCAL TimeZone = 'Asia/Jerusalem'$$),
    ($$'7', 'new'$$, $$SET LOCAL DateStyle = 'German'; SET LOCAL export_leads.formula_guard = 'strict'$$))
    AS t (bounds, settings);
RESET export_leads.csv_delimiter;
RESET export_leads.csv_bom;
RESET export_leads.timestamp_style;
RESET export_leads.formula_guard;
RESET DateStyle;
RESET TimeZone;
SET max_parallel_workers_per_gather = 2;

-- Ranges of more bytes than the leader keeps of one whose turn has not come: who makes them waits.
INSERT INTO leads (id, tenant_id, name, status, notes, created_at)
SELECT 20000 + n, 7, 'large', 'large', repeat(chr(64 + n % 26), 300000),
       timestamp '2025-01-01' + n * interval '1 minute'
FROM generate_series(1, 300) AS n;
ANALYZE leads;
SELECT ok(test_same($$'7', 'large'$$, 'SET LOCAL test.pause = 0'), 'they make the same file of 90 MB');
SET max_parallel_workers_per_gather = 2;

-- The file's header is the leader's alone.
SELECT count(*) AS headers FROM export_leads_set_header('full_name', repeat('h', 300000)) \gset
SELECT ok(test_same($$'7', 'large'$$, 'SET LOCAL test.pause = 0'),
          'they make the same file with a header larger than a piece');
SELECT count(*) AS headers FROM export_leads_set_header('full_name', NULL) \gset
SET max_parallel_workers_per_gather = 2;

-- Where there must be no workers, or are none to be had.
SET max_parallel_workers = 0;
SELECT is(test_processes(), 1::bigint, 'no worker to be had is no error');
RESET max_parallel_workers;
SET max_parallel_workers_per_gather = 0;
SELECT is(test_processes(), 1::bigint, 'max_parallel_workers_per_gather is honoured');
SET max_parallel_workers_per_gather = 2;
INSERT INTO leads (id, tenant_id, name, status, created_at) VALUES (2, 7, 'timeless', 'new', NULL);
SELECT is(test_processes(), 1::bigint, 'one process makes a file with a lead without a time');
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'and it is the right one');
UPDATE leads SET created_at = 'infinity' WHERE id = 2;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'a lead of a time without end is in the file');
UPDATE leads SET created_at = '-infinity' WHERE id = 2;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'a lead of time''s beginning is in the file');
DELETE FROM leads WHERE id = 2;

-- What stands in the way of workers is left to the leader. The policy's function raises in any other process.
CREATE FUNCTION site_leader(id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_backend_pid() <> current_setting('test.leader')::int THEN
        RAISE EXCEPTION USING ERRCODE = 'XY123', MESSAGE = 'not the leader';
    END IF;
    PERFORM pg_sleep(current_setting('test.pause')::float);
    RETURN true;
END;
$$;
CREATE POLICY site ON leads AS RESTRICTIVE USING (site_leader(id));
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site}') \gset
SET test.pause = 0.002;
SELECT is(test_error($$SELECT md5(export_leads_csv('7', 'new'))$$), 'XY123: not the leader',
          'an error in a worker is the error of the export');
SELECT is(export_leads_tenant(), NULL, 'an error in a worker leaves no tenant');
SELECT is(current_user, session_user, 'an error in a worker leaves no other user');
SET test.pause = 0;
ALTER FUNCTION site_leader(int) PARALLEL RESTRICTED;
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site}') \gset
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'a policy that only the leader may evaluate has the leader make the file');
DROP POLICY site ON leads;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'after an error the next file is right');

-- Without an index that returns the leads by their times there is nothing to divide.
DROP INDEX leads_tenant_id_status_created_at_id_idx;
SELECT is(test_processes(), 1::bigint, 'one process makes the file where no index finds the leads of a range');

SELECT finish();
ROLLBACK;
