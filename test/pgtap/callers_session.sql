-- The cursors, advisory locks and sequences of the caller's session are out of reach for code behind a policy, and as
-- before when the export has ended, well or badly.

BEGIN;
\i test/fixtures/application.sql
SELECT no_plan();
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

-- Runs the code of the test for each of the tenant's statuses. An error of that code is the error of the export.
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    cursor refcursor := 'held';
    row record;
    names text[];
    name text;
BEGIN
    CASE current_setting('test.code')
        WHEN 'fetch' THEN FETCH cursor INTO row;
        WHEN 'move' THEN MOVE FORWARD 2 FROM cursor;
        WHEN 'close' THEN CLOSE cursor;
        WHEN 'move all' THEN
            names := ARRAY(SELECT c.name FROM pg_cursors AS c);
            FOREACH name IN ARRAY names LOOP
                EXECUTE format('MOVE %I', name);
            END LOOP;
        WHEN 'read as XML' THEN PERFORM cursor_to_xml(cursor, 1, true, false, '');
        ELSE EXECUTE current_setting('test.code');
    END CASE;
    RETURN true;
END;
$$;
CREATE POLICY site_code ON lead_statuses AS RESTRICTIVE USING (site_code());
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset
CREATE FUNCTION test_export(code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('test.code', code, true);
    RETURN test_error($sql$SELECT export_leads_csv('7', 'new')$sql$);
END;
$$;

-- Cursors: those that SQL, PL/pgSQL and a client's protocol make, and one that outlives its transaction.
CREATE TABLE only_postgres (s text);
INSERT INTO only_postgres VALUES ('one'), ('two'), ('three');
DECLARE held SCROLL CURSOR FOR SELECT s FROM only_postgres;
FETCH held;
SELECT is(test_export('fetch'), '55000: portal "held" cannot be run',
          'code behind a policy cannot FETCH from the caller''s cursor');
SELECT is(test_export('move'), '55000: portal "held" cannot be run',
          'code behind a policy cannot MOVE the caller''s cursor');
SELECT is(test_export('close'), '24000: cannot drop active portal "held"',
          'code behind a policy cannot CLOSE the caller''s cursor');
SELECT is(test_export('FETCH held'), '55000: portal "held" cannot be run',
          'code behind a policy cannot EXECUTE a FETCH from the caller''s cursor');
SELECT is(test_export('MOVE ALL FROM held'), '55000: portal "held" cannot be run',
          'code behind a policy cannot EXECUTE a MOVE of the caller''s cursor');
SELECT is(test_export('CLOSE ALL'), '42501: cannot execute CLOSE within security-restricted operation',
          'code behind a policy cannot EXECUTE a CLOSE ALL');
SELECT is(test_export('read as XML'), '55000: portal "held" cannot be run',
          'code behind a policy cannot read the caller''s cursor by cursor_to_xml()');
SELECT results_eq('FETCH held', $$VALUES ('two')$$,
                  'the caller''s cursor goes on where it was after exports that tried to move it');
SELECT is(test_export('SELECT'), 'no error', 'an export runs while the caller has an open cursor');
SELECT results_eq('FETCH held', $$VALUES ('three')$$,
                  'the caller''s cursor goes on where it was after an export that succeeded');
CLOSE held;

DECLARE held CURSOR FOR SELECT piece FROM export_leads_csv_stream(7, 'new') AS piece;
SELECT is(test_export('fetch'), '55000: portal "held" cannot be run',
          'code behind a policy cannot take a piece of the caller''s stream');
CREATE TEMP TABLE rest (piece text);
CREATE FUNCTION test_fetch() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    cursor refcursor := 'held';
    piece text;
BEGIN
    FETCH cursor INTO piece;
    RETURN piece;
END;
$$;
SELECT set_config('test.code', 'SELECT', true) AS code \gset
SELECT is(test_fetch(), :'expected',
          'the caller reads the whole file from its stream after an export inside it failed');
CLOSE held;

-- A loop over a query is a cursor, too; each export in it is itself a fetch.
CREATE FUNCTION test_loop(code text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    cursor CURSOR FOR SELECT s FROM only_postgres;
BEGIN
    PERFORM set_config('test.code', code, true);
    FOR row IN cursor LOOP
        RETURN NEXT row.s || ' ' || test_error($sql$SELECT export_leads_csv('7', 'new')$sql$);
    END LOOP;
END;
$$;
SELECT results_eq($$SELECT test_loop('SELECT')$$, ARRAY['one no error', 'two no error', 'three no error'],
                  'exports run in a loop over a cursor');
SELECT results_eq($$SELECT regexp_replace(line, '".*"', 'p') FROM test_loop('move all') AS line$$,
                  ARRAY['one 55000: portal p cannot be run', 'two 55000: portal p cannot be run',
                        'three 55000: portal p cannot be run'],
                  'code behind a policy cannot move the cursor of a loop around the export');

-- Advisory locks of the session. Where the session has none, code behind a policy may lock and unlock for itself.
SELECT is(test_export('SELECT pg_advisory_lock(7), pg_advisory_unlock(7)'), 'no error',
          'code behind a policy may take and release an advisory lock where the session has none');
SELECT pg_advisory_lock(42), pg_advisory_lock_shared(1, 2);
CREATE FUNCTION test_locks() RETURNS bigint LANGUAGE sql AS
$$SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()$$;
SELECT is(test_export(format('SELECT %s', call)),
          format('42501: cannot execute %s() within an export', split_part(call, '(', 1)),
          'code behind a policy cannot call ' || call || ' while the session holds locks')
FROM unnest('{pg_advisory_unlock_all(),pg_advisory_unlock(42),"pg_advisory_unlock_shared(1, 2)"}'::text[]) AS call;
SELECT is(test_locks(), 2::bigint,
          'the session still holds its advisory locks after exports that tried to release them');
SELECT is(test_export('SELECT'), 'no error', 'an export runs while the session holds advisory locks');
SELECT is(test_locks(), 2::bigint, 'the session still holds its advisory locks after an export that succeeded');
SELECT ok(pg_advisory_unlock(42) AND pg_advisory_unlock_shared(1, 2),
          'the session itself can release its advisory locks after the exports');

-- Effects that a rollback does not undo.
CREATE SEQUENCE numbers;
GRANT ALL ON SEQUENCE numbers TO PUBLIC;
SELECT is(test_export(code), '25006: cannot execute ' || function || '() in a read-only transaction',
          format('code behind a policy cannot call %s(): %s', function, code))
FROM (VALUES ('setval', $$SELECT setval('public.numbers', 4242)$$),
             ('setval', $$DO 'BEGIN RESET transaction_read_only; PERFORM setval(''public.numbers'', 4242); END'$$),
             ('nextval', $$DO 'BEGIN RESET transaction_read_only; PERFORM nextval(''public.numbers''); $$
                         || $$SET transaction_read_only = on; END'$$),
             ('pg_logical_emit_message', $$SELECT pg_logical_emit_message(false, 'a', 'b')$$)) AS c (function, code)
WHERE current_setting('server_version_num')::int < 160000 OR code NOT LIKE '%RESET%';
SELECT is((SELECT last_value FROM numbers), 1::bigint,
          'the sequence is as before after exports that tried to change it');
SELECT is(current_setting('transaction_read_only'), 'off',
          'the caller''s transaction is still writable after the exports');
SELECT matches(test_export('RESET transaction_read_only'), '^25006: ',
               'an export fails when code behind a policy has made the transaction writable')
WHERE current_setting('server_version_num')::int < 160000;

SELECT is(test_export('SELECT'), 'no error', 'an export still runs after all exports that failed');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the file is right after all exports that failed');

SELECT * FROM finish();
ROLLBACK;
