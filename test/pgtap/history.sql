-- The history: what is kept comes back byte for byte, to whoever may have it, and to nobody else; retention and quotas.

BEGIN;
\i test/fixtures/application.sql
SELECT * FROM no_plan();
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE ROLE web_backend NOLOGIN;
SELECT export_leads_allow('web_backend') AS allowed \gset

-- The SQLSTATE and message of a statement, as that caller.
CREATE FUNCTION test_refused(query text, caller name DEFAULT 'none') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', caller, true);
    EXECUTE query;
    PERFORM set_config('role', 'none', true);
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
-- A kept file, from the rows that hold it, without the extension's own functions for reading it.
CREATE FUNCTION test_stored(id uuid) RETURNS bigint LANGUAGE sql AS
$$ SELECT sum(size) FROM export_leads_pieces WHERE export_id = id $$;

-- Saving.
SET ROLE web_backend;
SELECT export_id AS csv, filename AS csv_name, content_type AS csv_type, lead_count AS csv_leads, size AS csv_size
FROM export_leads_save(7, 'new', requested_by => 'dana@example.com') \gset
SELECT export_id AS xlsx, content_type AS xlsx_type
FROM export_leads_save(7, 'new', 'xlsx', '{lead_id,full_name}', '2025-01-01', '2026-01-01') \gset
SELECT export_id AS others FROM export_leads_save(13, 'new') \gset
RESET ROLE;
SELECT is((SELECT format('%s %s %s', filename, content_type, lead_count) FROM export_leads_file(7, 'new')),
          format('%s %s %s', :'csv_name', :'csv_type', :'csv_leads'),
          'a saved export is called what an export is called');
SELECT is((SELECT convert_from(body, 'UTF8') FROM export_leads_saved(7, :'csv')), test_expected_csv('7', 'new'),
          'a kept CSV comes back byte for byte');
SELECT is((SELECT body FROM export_leads_saved(7, :'xlsx')),
          export_leads_xlsx(7, 'new', '{lead_id,full_name}', '2025-01-01', '2026-01-01'),
          'a kept workbook comes back byte for byte');
SELECT is((SELECT format('%s %s %s %s', filename, content_type, lead_count, length(body))
           FROM export_leads_saved(7, :'csv')),
          format('%s %s %s %s', :'csv_name', :'csv_type', :'csv_leads', :'csv_size'),
          'a kept file comes with its name, type, leads and bytes');
SELECT is((SELECT sum(length(compressed)) < :csv_size FROM export_leads_pieces WHERE export_id = :'csv'), true,
          'a CSV is kept compressed');
SELECT is((SELECT attstorage FROM pg_attribute
           WHERE attrelid = 'export_leads_pieces'::regclass AND attname = 'compressed'), 'e',
          'PostgreSQL does not compress the pieces again');

-- In pieces.
SELECT is((SELECT string_agg(p, ''::bytea ORDER BY place)
           FROM export_leads_saved_pieces(7, :'csv') WITH ORDINALITY AS s (p, place)),
          (SELECT body FROM export_leads_saved(7, :'csv')), 'the pieces are the whole file');
SELECT is((SELECT string_agg(p, ''::bytea) FROM export_leads_saved_pieces(7, :'csv', first, bytes) AS p),
          (SELECT NULLIF(substr(body, first::int + 1, least(bytes, length(body))::int), '')
           FROM export_leads_saved(7, :'csv')),
          format('bytes %s from byte %s on are those of the file', bytes, first))
FROM (VALUES (0::bigint, 1::bigint), (1, 10), (:csv_size - 1, 5), (:csv_size, NULL), (:csv_size + 9, 5), (0, 0),
             (100, NULL), (3, 9223372036854775807)) AS r (first, bytes);
SELECT is(test_refused(format('SELECT * FROM export_leads_saved_pieces(7, %L, %s)', :'csv', arguments)),
          '22023: ' || name || ' must not be negative', format('%s must not be negative', name))
FROM (VALUES ('first_byte', '-1'), ('bytes', '0, -1')) AS r (name, arguments);

-- What the history tells.
SELECT results_eq(
    $$SELECT status, format, columns, created_from, created_to, requested_by, role, state, sqlstate, error, schedule_id
      FROM export_leads_history(7)$$,
    $$VALUES ('new', 'xlsx', '{lead_id,full_name}'::text[], '2025-01-01', '2026-01-01', NULL, 'web_backend', 'done',
              NULL, NULL, NULL::uuid),
             ('new', 'csv', NULL, NULL, NULL, 'dana@example.com', 'web_backend', 'done', NULL, NULL, NULL)$$,
    'the history tells what was asked for, by whom and what came of it, the newest first');
SELECT is((SELECT format('%s %s %s %s', filename, content_type, lead_count, size)
           FROM export_leads_history(7) WHERE export_id = :'csv'),
          format('%s %s %s %s', :'csv_name', :'csv_type', :'csv_leads', :'csv_size'),
          'the history tells the file''s name, type, leads and bytes');
SELECT is((SELECT sha256 FROM export_leads_history(7) WHERE export_id = :'csv'),
          encode(sha256(convert_to(test_expected_csv('7', 'new'), 'UTF8')), 'hex'),
          'the history tells the file''s SHA-256');
SELECT ok((SELECT bool_and(started_at BETWEEN now() AND clock_timestamp() AND took BETWEEN '0' AND '1 minute'
                           AND expires_at - started_at - took = '30 days')
           FROM export_leads_history(7)), 'the history tells when it was, how long it took, and until when it is kept');
SELECT is((SELECT array_agg(export_id) FROM export_leads_history(7, export_id => :'xlsx')), ARRAY[:'xlsx'::uuid],
          'the history has one export by its id');
SELECT is((SELECT count(*) FROM export_leads_history(7, export_id => :'others')), 0::bigint,
          'but not another tenant''s');
SELECT is((SELECT count(*) FROM export_leads_history(7, 'no_such_status')), 0::bigint,
          'the history of a status is of that status');
SELECT is((SELECT count(*) FROM export_leads_history(7, 'new', max_rows => 1)), 1::bigint,
          'the history has at most max_rows rows');
SELECT is((SELECT export_id FROM export_leads_history(7, before => (SELECT started_at FROM export_leads_history(7)
                                                                    WHERE export_id = :'xlsx'))), :'csv',
          'the history goes on before a moment');
SELECT is(test_refused(format('SELECT * FROM export_leads_history(7, max_rows => %s)', most)), refusal,
          format('max_rows => %s is refused', most))
FROM (VALUES ('0', '22023: max_rows must be a number from 1 on'),
             ('NULL', '22004: max_rows must be a number from 1 on')) AS r (most, refusal);
SELECT is((SELECT format('%s %s', downloads, last_download IS NULL) FROM export_leads_history(7)
           WHERE export_id = :'xlsx'), '1 f', 'the history counts downloads');
SET LOCAL export_leads.requested_by = 'from the setting';
SELECT export_id AS by_setting FROM export_leads_save(7, 'new') \gset
SELECT export_id AS by_argument FROM export_leads_save(7, 'new', requested_by => 'from the argument') \gset
RESET export_leads.requested_by;
SELECT results_eq(format('SELECT requested_by FROM export_leads_history(7) WHERE export_id IN (%L, %L)',
                         :'by_setting', :'by_argument'),
                  $$VALUES ('from the argument'), ('from the setting')$$,
                  'the application''s user is the argument, or else what the session''s setting says');

-- Nothing of another tenant.
SELECT is(test_refused(format(query, id), caller), format('P0002: there is no kept export %s', id),
          format('as %s, %s is not there: %s', caller, what, query))
FROM (VALUES ('SELECT * FROM export_leads_saved(7, %L)'), ('SELECT * FROM export_leads_saved_pieces(7, %L)'),
             ('SELECT export_leads_forget(7, %L)')) AS q (query),
     (VALUES (:'others', 'another tenant''s export'),
             ('00000000-0000-0000-0000-000000000000', 'an id that nothing has')) AS i (id, what),
     unnest(ARRAY['none', 'web_backend']) AS caller;
SELECT is((SELECT count(*) FROM export_leads_history(13)), 1::bigint, 'another tenant''s history is its own');
SELECT is(test_refused(format(query, id)), '22004: export_id must not be null', format('no id is refused: %s', query))
FROM (VALUES ('SELECT * FROM export_leads_saved(7, %s)', 'NULL'),
             ('SELECT * FROM export_leads_saved_pieces(7, %s)', 'NULL'),
             ('SELECT export_leads_forget(7, %s)', 'NULL')) AS q (query, id);
SELECT is(test_refused(format('SELECT * FROM %s', call)), '22004: tenant must not be null',
          format('no tenant is refused: %s', call))
FROM unnest(ARRAY['export_leads_history(NULL)', 'export_leads_saved(NULL, gen_random_uuid())',
                  'export_leads_forget(NULL::bigint, gen_random_uuid())']) AS call;
-- Row security by itself, and the condition by itself.
SELECT is((SELECT count(*) FROM _export_leads_history('13', NULL, NULL, 50, NULL)), 1::bigint,
          'the superuser, whom row security does not bind, sees the tenant that is asked for only');
SAVEPOINT policies;
CREATE POLICY all_tenants ON export_leads_exports USING (true);
SELECT is((SELECT count(*) FROM export_leads_history(13)), 1::bigint,
          'beside a policy that shows all tenants the condition keeps them apart');
ROLLBACK TO policies;
-- Another policy would show less than is there, in silence, or more.
CREATE FUNCTION test_altered(relation text, change text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER POLICY export_leads_own_tenant ON %s %s', relation, change);
  PERFORM export_leads_history(13);
  RAISE EXCEPTION 'the history was shown';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
SELECT is(test_altered(relation, change), format('55000: table "%s" is not set up for exports that are kept', relation),
          format('the policy of %s that was altered is an error: %s', relation, change))
FROM unnest(ARRAY['export_leads_exports', 'export_leads_pieces', 'export_leads_schedules',
                  'export_leads_deliveries']) AS relation,
     unnest(ARRAY['TO pg_monitor', 'TO PUBLIC', 'USING (false)', 'USING (true)', 'WITH CHECK (true)']) AS change;
CREATE POLICY hides ON export_leads_pieces AS RESTRICTIVE USING (first_byte > 0);
SELECT is(test_refused('SELECT * FROM export_leads_history(13)'),
          '55000: table "export_leads_pieces" is not set up for exports that are kept',
          'a policy that hides rows of the history is an error');
SELECT is((SELECT string_agg(sql, '; ') FROM export_leads_setup() WHERE action = 'done'),
          'DROP POLICY hides ON public.export_leads_pieces', 'set-up takes it away');
ALTER POLICY export_leads_own_tenant ON export_leads_exports USING (true);
SELECT is((SELECT string_agg(detail, '; ') FROM export_leads_setup() WHERE action = 'done'),
          'a policy that is not as it must be; holds the reader to the tenant of the call',
          'set-up mends a policy that was altered');
CREATE OR REPLACE FUNCTION _export_leads_history(
    of_tenant text, of_status text, before timestamptz, max_rows int, only_export_id uuid)
RETURNS TABLE (export_id uuid, status text, format text, columns text[], created_from text, created_to text,
               requested_by text, role text, schedule_id uuid, started_at timestamptz, took interval,
               lead_count bigint, size bigint, filename text, content_type text, sha256 text, state text,
               sqlstate text, error text, downloads bigint, last_download timestamptz, expires_at timestamptz)
LANGUAGE sql AS $$
SELECT export_id, tenant, format, columns, created_from, created_to, requested_by, role, schedule_id, started_at,
       NULL::interval, lead_count, size, filename, content_type, '', state, sqlstate, error, downloads, last_download,
       NULL::timestamptz
FROM public.export_leads_exports
$$;
SELECT set_eq('SELECT status FROM export_leads_history(7)', ARRAY['7'],
              'without the condition row security keeps tenants apart');
SET ROLE export_leads_reader;
SELECT is((SELECT count(*) FROM export_leads_exports), 0::bigint, 'outside a call the reader sees no tenant''s rows');
RESET ROLE;

-- Who may call: as for an export.
CREATE ROLE nobody_in_particular NOLOGIN;
SELECT matches(test_refused(call, 'nobody_in_particular'), '^42501: permission denied for function',
               format('a role without EXECUTE is refused: %s', call))
FROM unnest(ARRAY['SELECT * FROM export_leads_save(7, ''new'')', 'SELECT * FROM export_leads_history(7)',
                  format('SELECT * FROM export_leads_saved(7, %L)', :'csv'),
                  format('SELECT * FROM export_leads_saved_pieces(7, %L)', :'csv'),
                  format('SELECT export_leads_forget(7, %L)', :'csv'),
                  'SELECT * FROM export_leads_purge()']) AS call;
SELECT is(test_refused('SELECT * FROM export_leads_purge()', 'web_backend'),
          '42501: permission denied for function export_leads_purge', 'an application does not purge');
CREATE FUNCTION test_each_call(refusal text, why text) RETURNS SETOF text LANGUAGE sql AS $$
SELECT is(test_refused(call, 'web_backend'), refusal, format('%s: %s', why, regexp_replace(call, '''.*', '')))
FROM unnest(ARRAY['SELECT * FROM export_leads_save(7, ''new'')', 'SELECT * FROM export_leads_history(7)',
                  'SELECT * FROM export_leads_saved(7, ''00000000-0000-0000-0000-000000000000'')',
                  'SELECT * FROM export_leads_saved_pieces(7, ''00000000-0000-0000-0000-000000000000'')',
                  'SELECT export_leads_forget(7, ''00000000-0000-0000-0000-000000000000'')']) AS call
$$;
SAVEPOINT rules;
SELECT count(*) AS steps FROM export_leads_setup(session_setting => 'app.tenant_id') \gset
SET LOCAL app.tenant_id = '13';
SELECT test_each_call('42501: permission denied for this tenant', 'a session of another tenant is refused');
ROLLBACK TO rules;
SELECT count(*) AS steps FROM export_leads_setup(grants_required => true) \gset
SELECT test_each_call('42501: permission denied for this tenant', 'a caller without a grant is refused');
ROLLBACK TO rules;
ALTER TABLE leads DISABLE ROW LEVEL SECURITY;
SELECT test_each_call('55000: row security is disabled on table "public.leads"',
                      'nothing is served while the set-up is not safe');
ROLLBACK TO rules;
REVOKE ALL ON export_leads_exports FROM export_leads_reader;
SELECT is(test_refused('SELECT * FROM export_leads_history(7)', 'web_backend'),
          '55000: permission denied for table export_leads_exports', 'a missing grant of set-up is 55000');
SELECT is((SELECT format('%s %s', name, remediation) FROM export_leads_check() WHERE name ~ 'history'),
          'history_not_set_up SELECT * FROM public.export_leads_setup();', 'the check finds that, and how to mend it');
ROLLBACK TO rules;


-- A foreign key that is missing, as after a restore, so that rows could lose the export that they belong to.
CREATE FUNCTION test_without_foreign_key(relation text) RETURNS SETOF text LANGUAGE plpgsql AS $test$
DECLARE
    refusal CONSTANT text := format('55000: table "%s" is not set up for exports that are kept', relation);
    call text;
BEGIN
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %s_tenant_export_id_fkey', relation, relation);
    FOREACH call IN ARRAY ARRAY['SELECT export_leads_save(7, ''new'')', 'SELECT export_leads_history(7)',
                                'SELECT export_leads_schedule(7, ''new'', ''08:00'')'] LOOP
        RETURN NEXT is(test_refused(call), refusal, format('without the foreign key of %s: %s', relation, call));
    END LOOP;
    FOREACH call IN ARRAY ARRAY['SELECT export_leads_purge()', 'SELECT export_leads_begin_runs(1)'] LOOP
        RETURN NEXT is(test_refused(call), replace(refusal, 'export_leads', 'public.export_leads'),
                       format('without the foreign key of %s: %s', relation, call));
    END LOOP;
    RETURN NEXT is((SELECT c.detail FROM export_leads_check() AS c WHERE c.name = 'history_not_set_up'),
                   format('exports cannot be kept, scheduled or fetched again: the foreign key to the exports is '
                          'missing for public.%s', relation), 'the check says so');
    RETURN NEXT is((SELECT string_agg(s.sql, '; ') FROM export_leads_setup() AS s WHERE s.action = 'done'),
                   format('ALTER TABLE public.%s ADD FOREIGN KEY (tenant, export_id) REFERENCES '
                          'public.export_leads_exports (tenant, export_id) ON DELETE CASCADE', relation),
                   'set-up makes it');
    RETURN NEXT is(test_refused('SELECT export_leads_history(7)'), 'no error', 'and the history is shown again');
END;
$test$;
SELECT test_without_foreign_key(relation)
FROM unnest(ARRAY['export_leads_pieces', 'export_leads_deliveries']) AS relation;
ROLLBACK TO rules;

-- In a read-only transaction.
SAVEPOINT writable;
SET TRANSACTION READ ONLY;
SELECT string_agg(test_refused(call), '; ') AS refused
FROM unnest(ARRAY['SELECT * FROM export_leads_save(7, ''new'')',
                  format('SELECT export_leads_forget(7, %L)', :'csv')]) AS call \gset
SELECT length(body) AS read FROM export_leads_saved(7, :'csv') \gset
SELECT downloads FROM export_leads_exports WHERE export_id = :'csv' \gset
ROLLBACK TO writable;
SELECT is(:'refused'::text, '25006: cannot execute export_leads_save() in a read-only transaction; '
                            '25006: cannot execute DELETE in a read-only transaction',
          'a read-only transaction keeps and forgets nothing');
SELECT is(:read, :csv_size, 'a read-only transaction can read a kept file');
SELECT is(:downloads, (SELECT downloads FROM export_leads_exports WHERE export_id = :'csv')::int,
          'where nothing can be written a download is not counted');

-- Who requested an export is one line.
SELECT is(test_refused(format('SELECT * FROM export_leads_save(7, ''new'', requested_by => %s)', given)),
          '22023: requested_by must be one line of at most 200 characters that is not blank',
          format('requested_by cannot be %s', given))
FROM unnest(ARRAY[$$''$$, $$' '$$, $$E'Dana\nBcc: all'$$, $$repeat('x', 201)$$]) AS given;

-- What is damaged is not served.
CREATE FUNCTION test_damaged(damage text, refusal text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $test$
DECLARE
    id CONSTANT uuid := (SELECT e.export_id FROM export_leads_save(7, 'new') AS e);
BEGIN
    EXECUTE damage USING id;
    RETURN NEXT is(test_refused(format('SELECT * FROM export_leads_saved(7, %L)', id)), replace(refusal, '%', id::text),
                   format('a file is not served: %s', what));
    RETURN NEXT is(test_refused(format('SELECT * FROM export_leads_saved_pieces(7, %L)', id)),
                   replace(refusal, '%', id::text), format('nor in pieces: %s', what));
END;
$test$;
SELECT test_damaged('UPDATE export_leads_exports SET sha256 = sha256(''x'') WHERE export_id = $1',
                    'XX001: the kept file is damaged', 'its hash is another');
SELECT test_damaged('UPDATE export_leads_pieces '
                    'SET compressed = set_byte(compressed, 20, get_byte(compressed, 20) # 1) '
                    'WHERE export_id = $1', 'XX001: a piece of a kept file is damaged', 'a bit has fallen');
SELECT test_damaged('UPDATE export_leads_pieces SET size = size - 1 WHERE export_id = $1',
                    'XX001: a piece of a kept file is damaged', 'it has a byte more than its row says');
SELECT test_damaged('UPDATE export_leads_pieces SET first_byte = 1 WHERE export_id = $1',
                    'XX001: the kept file is damaged', 'its first byte is missing');
SELECT test_damaged('UPDATE export_leads_exports SET size = size + 1 WHERE export_id = $1',
                    'XX001: the kept file is damaged', 'its last byte is missing');
SELECT test_damaged('UPDATE export_leads_pieces SET size = size + 1000000 WHERE export_id = $1',
                    'XX001: the kept file is damaged', 'a piece is longer than the file');
SELECT test_damaged('UPDATE export_leads_pieces SET size = -size WHERE export_id = $1',
                    'XX001: the kept file is damaged', 'a piece has less than nothing');
SELECT test_damaged('UPDATE export_leads_exports SET size = -4 WHERE export_id = $1',
                    'XX001: the kept file is damaged', 'it has less than nothing');
-- Nothing is written before the memory for the file.
SELECT export_id AS early FROM export_leads_save(7, 'new') \gset
UPDATE export_leads_pieces SET first_byte = -10 WHERE export_id = :'early';
CREATE FUNCTION test_detail(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END;
$$;
SELECT is(test_detail(format('SELECT * FROM %s(7, %L)', reading, :'early')), 'A piece begins before the file.',
          format('%s does not read a piece that begins before the file', reading))
FROM unnest(ARRAY['export_leads_saved', 'export_leads_saved_pieces']) AS reading;
SELECT test_damaged(format('UPDATE export_leads_exports SET %I = NULL WHERE export_id = $1', missing),
                    'XX001: the kept file is damaged', format('it has no %s', missing))
FROM unnest(ARRAY['sha256', 'filename', 'content_type', 'lead_count', 'size']) AS missing;
SELECT test_damaged('DELETE FROM export_leads_pieces WHERE export_id = $1',
                    'P0002: the file of export % is not in this database', 'it was left out of a dump');
SELECT test_damaged('UPDATE export_leads_exports SET state = ''failed'' WHERE export_id = $1',
                    'P0002: export % failed and has no file', 'it failed');
SELECT test_damaged('UPDATE export_leads_exports SET state = ''running'' WHERE export_id = $1',
                    'P0002: export % is still running', 'it is running');

-- Forgetting.
SELECT is(test_refused(format('SELECT export_leads_forget(7, %L)', :'csv')), 'no error', 'an export can be forgotten');
SELECT is((SELECT count(*) FROM export_leads_exports WHERE export_id = :'csv')
          + (SELECT count(*) FROM export_leads_pieces WHERE export_id = :'csv'), 0::bigint,
          'nothing stays of what was forgotten');
UPDATE export_leads_exports SET state = 'running' WHERE export_id = :'xlsx';
SELECT is(test_refused(format('SELECT export_leads_forget(7, %L)', :'xlsx')),
          format('55006: export %s is still running', :'xlsx'), 'a running export cannot be forgotten');
UPDATE export_leads_exports SET state = 'done' WHERE export_id = :'xlsx';

-- Retention.
SELECT is(test_refused(format('SELECT * FROM export_leads_setup(%s)', arguments)), refusal,
          format('set-up refuses %s', arguments))
FROM (VALUES ('keep_files => ''-1 day''', '22023: keep_files must not be negative or longer than 1000 years'),
             ('keep_files => ''1 month -1 hour''', '22023: keep_files must not be negative or longer than 1000 years'),
             ('keep_rows => ''-1 year''', '22023: keep_rows must not be negative or longer than 1000 years'),
             ('keep_rows => ''9999 years''', '22023: keep_rows must not be negative or longer than 1000 years'),
             ('keep_rows => ''1 day''', '22023: files cannot be kept longer than their rows of the history'),
             ('tenant_quota => -1', '22023: tenant_quota must not be negative'),
             ('week_begins => 7', '22023: week_begins must be a day from 0 (Sunday) to 6 (Saturday)'))
     AS r (arguments, refusal);
SELECT is((SELECT format('%s %s %s %s', keep_files, keep_rows, tenant_quota, week_begins)
           FROM export_leads_configuration), '30 days 1 year 10737418240 0', 'nothing of what is refused is stored');
SELECT is((SELECT string_agg(object || ' ' || detail, ', ')
           FROM export_leads_setup(keep_files => '2 days', keep_rows => '10 days', tenant_quota => 100000,
                                   week_begins => 1) WHERE action = 'history'),
          'keep_files 2 days, keep_rows 10 days, tenant_quota 100000, week_begins 1',
          'set-up says which rules of the history it was told');
UPDATE export_leads_exports
SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'
WHERE export_id = :'xlsx';
UPDATE export_leads_exports
SET started_at = started_at - interval '11 days', finished_at = finished_at - interval '11 days'
WHERE export_id = :'others';
CREATE TEMP TABLE purged AS SELECT * FROM export_leads_purge();
SELECT results_eq('TABLE purged',
                  format('VALUES (''13'', 1::bigint, %s::bigint, 1::bigint), (''7'', 1, %s, 0)',
                         octet_length(export_leads_csv(13, 'new')),
                         length(export_leads_xlsx(7, 'new', '{lead_id,full_name}', '2025-01-01', '2026-01-01'))),
                  'purging says what retention removed');
SELECT is((SELECT format('%s %s', state, test_stored(export_id)) FROM export_leads_exports WHERE export_id = :'xlsx'),
          'expired ', 'an expired file is gone, and its row stays');
SELECT is((SELECT count(*) FROM export_leads_exports WHERE export_id = :'others'), 0::bigint,
          'a row past keep_rows is gone');
SELECT is_empty('SELECT * FROM export_leads_purge()', 'there is nothing more to purge');
SELECT is(test_refused(format('SELECT * FROM export_leads_saved(7, %L)', :'xlsx')),
          format('P0002: the file of export %s is no longer kept', :'xlsx'), 'an expired file is not there');

-- The quota.
SELECT export_id AS full FROM export_leads_save(13, 'new') \gset
SELECT size AS full_size FROM export_leads_exports WHERE export_id = :'full' \gset
SELECT count(*) AS steps FROM export_leads_setup(tenant_quota => (2 * :full_size - 1)) \gset
SELECT is(test_refused('SELECT * FROM export_leads_save(13, ''new'')'),
          '54000: the file would exceed the quota of this tenant', 'what is past the quota is refused');
SELECT is((SELECT count(*) FROM export_leads_exports WHERE tenant = '13')
          + (SELECT count(*) FROM export_leads_pieces WHERE tenant = '13'), 2::bigint, 'nothing of it is stored');
SELECT count(*) AS steps FROM export_leads_setup(tenant_quota => (2 * :full_size)) \gset
SELECT is(test_refused('SELECT * FROM export_leads_save(13, ''new'')'), 'no error', 'a quota can be filled');
SELECT is(test_refused('SELECT * FROM export_leads_save(13, ''new'')'),
          '54000: the file would exceed the quota of this tenant', 'a full quota takes nothing');
SELECT export_leads_forget(13, :'full') AS forgotten \gset
SELECT is(test_refused('SELECT * FROM export_leads_save(13, ''new'')'), 'no error',
          'forgetting a file makes room in the quota');
UPDATE export_leads_exports
SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'
WHERE tenant = '13';
SELECT is(test_refused('SELECT * FROM export_leads_save(13, ''new'')'), 'no error',
          'files past keep_files do not count, though nobody has purged them');
SELECT count(*) AS steps FROM export_leads_setup(tenant_quota => 0) \gset
SELECT is(test_refused('SELECT * FROM export_leads_save(7, ''new'')'),
          '54000: the file would exceed the quota of this tenant', 'a quota of 0 lets nothing be kept');

SELECT finish();
ROLLBACK;
