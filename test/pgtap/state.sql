-- Nothing of an export outlives it in its session, whether it succeeds or fails: no plan, user, setting, tenant or
-- memory. From every place where SQL can call a function the file is right.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(49);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
GRANT EXECUTE ON FUNCTION export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound),
    export_leads_csv(bigint, text, text[], export_leads_time_bound, export_leads_time_bound) TO crm_app;
SELECT test_expected_csv('7', 'new') AS expected, test_expected_csv('13', 'new') AS expected_13,
    test_expected_csv('7', 'vip') AS expected_vip,
       test_state() AS state \gset

-- Prepared statements, custom and generic plans.
PREPARE export(text, text) AS SELECT export_leads_csv($1, $2);
CREATE FUNCTION test_prepared(mode text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    file text;
    tenant text;
BEGIN
    PERFORM set_config('plan_cache_mode', mode, true);
    FOR i IN 1..8 LOOP
        tenant := CASE i % 2 WHEN 0 THEN '7' ELSE '13' END;
        EXECUTE format('EXECUTE export(%L, %L)', tenant, 'new') INTO file;
        RETURN NEXT is(file, test_expected_csv(tenant, 'new'),
                       format('a prepared statement under %s returns in call %s the file of tenant %s',
                              mode, i, tenant));
    END LOOP;
END;
$$;
SELECT test_prepared('force_generic_plan');
SELECT test_prepared('force_custom_plan');
SET plan_cache_mode = auto;
EXECUTE export('7', 'new') \gset
SET ROLE crm_app;
EXECUTE export('7', 'new') \gset
SELECT is(:'export_leads_csv'::text, :'expected', 'a prepared statement is right after SET ROLE');
SELECT is((SELECT count(*) FROM leads), 43::bigint, 'after an export the owner of the leads still sees all leads');
RESET ROLE;

-- PL/pgSQL, whose plans stay.
CREATE FUNCTION test_loop() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    tenant text;
    file text;
    wrong text := '';
BEGIN
    FOR round IN 1..10 LOOP
        FOREACH tenant IN ARRAY ARRAY['7', '13', '99', '7'] LOOP
            PERFORM set_config('role', CASE round % 2 WHEN 0 THEN 'crm_app' ELSE 'none' END, true);
            file := export_leads_csv(tenant, 'new');
            PERFORM set_config('role', 'none', true);
            IF file <> test_expected_csv(tenant, 'new') THEN
                wrong := wrong || format('round %s tenant %s; ', round, tenant);
            END IF;
        END LOOP;
    END LOOP;
    RETURN wrong;
END;
$$;
SELECT is(test_loop(), '', 'a PL/pgSQL loop over tenants and roles gets the right file each time');

-- Several exports in one statement.
SELECT is(ARRAY[export_leads_csv('7', 'new'), export_leads_csv('13', 'new'), export_leads_csv('7', 'vip'),
                export_leads_csv(7, 'new')],
          ARRAY[:'expected', :'expected_13', :'expected_vip', :'expected'], 'several exports in one row are right');
SELECT results_eq($$SELECT export_leads_csv(tenant, 'new') FROM unnest(ARRAY['13', '7', '13']) AS tenant$$,
                  ARRAY[:'expected_13', :'expected', :'expected_13'], 'exports for each row of a set are right');
SELECT results_eq($$SELECT export_leads_csv(tenant, status)
                    FROM (SELECT DISTINCT l.tenant_id::text, l.status FROM leads AS l
                          WHERE l.tenant_id IS NOT NULL AND l.status IS NOT NULL) AS l (tenant, status)
                    ORDER BY tenant, status$$,
                  $$SELECT test_expected_csv(tenant, status)
                    FROM (SELECT DISTINCT l.tenant_id::text, l.status FROM leads AS l
                          WHERE l.tenant_id IS NOT NULL AND l.status IS NOT NULL) AS l (tenant, status)
                    ORDER BY tenant, status$$, 'exports are right while their own statement reads the leads');
SELECT is((SELECT file FROM export_leads_csv('7', 'new') AS file), :'expected', 'an export in FROM is right');

-- As every volatile function, an export sees what its statement has written before.
WITH changed AS (UPDATE leads SET notes = 'changed' WHERE id = 1 RETURNING id)
SELECT export_leads_csv('7', 'new') AS file FROM changed \gset
SELECT is(:'file'::text, test_expected_csv('7', 'new'), 'an export sees what its own statement has written');
UPDATE leads SET notes = 'plain' WHERE id = 1;

-- Cursors, COPY, triggers, materialized views.
DECLARE files CURSOR FOR SELECT export_leads_csv(tenant, 'new') AS file FROM unnest(ARRAY['7', '13']) AS tenant;
FETCH files \gset
SELECT is(:'file'::text, :'expected', 'a cursor over exports returns the first file');
SELECT is(export_leads_csv('7', 'vip'), :'expected_vip', 'an export between two fetches of a cursor is right');
FETCH files \gset
SELECT is(:'file'::text, :'expected_13', 'a cursor over exports returns the second file after another export');
CLOSE files;

\copy (SELECT md5(export_leads_csv('7', 'new'))) TO PROGRAM 'cat >"${TMPDIR:-/tmp}/export_leads_copy.$PPID"'
\set copied `cat "${TMPDIR:-/tmp}/export_leads_copy.$PPID"; rm "${TMPDIR:-/tmp}/export_leads_copy.$PPID"`
SELECT is(:'copied'::text, md5(:'expected'), 'COPY of a query that exports writes it');

CREATE TABLE exported (tenant text, file text);
CREATE FUNCTION site_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.file := export_leads_csv(NEW.tenant, 'new');
    RETURN NEW;
END;
$$;
CREATE TRIGGER before_insert BEFORE INSERT ON exported FOR EACH ROW EXECUTE FUNCTION site_trigger();
INSERT INTO exported (tenant) VALUES ('7'), ('13');
SELECT results_eq('SELECT file FROM exported', ARRAY[:'expected', :'expected_13'], 'a trigger can export');
CREATE FUNCTION site_trigger_on_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO exported VALUES (NEW.tenant_id);
    RETURN NULL;
END;
$$;
CREATE TRIGGER after_insert AFTER INSERT ON leads FOR EACH ROW EXECUTE FUNCTION site_trigger_on_leads();
DELETE FROM exported;
INSERT INTO leads (id, tenant_id, name, created_at) VALUES (500, 7, 'just now', '2026-01-01');
SELECT is((SELECT file FROM exported), test_expected_csv('7', 'new'),
          'a trigger on the leads sees the lead that fired it');
DROP TRIGGER after_insert ON leads;
DELETE FROM leads WHERE id = 500;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export sees what its own transaction has deleted');

CREATE MATERIALIZED VIEW snapshot AS SELECT export_leads_csv('7', 'new') AS file;
SELECT is((SELECT file FROM snapshot), :'expected', 'a materialized view can hold an export');
UPDATE leads SET notes = 'changed' WHERE id = 1;
REFRESH MATERIALIZED VIEW snapshot;
SELECT is((SELECT file FROM snapshot), test_expected_csv('7', 'new'),
          'a materialized view of an export can be refreshed');
UPDATE leads SET notes = 'plain' WHERE id = 1;

-- Savepoints and errors. A statement that is cancelled leaves nothing either.
SAVEPOINT before_export;
SELECT md5(export_leads_csv('13', 'new')) AS undone \gset
ROLLBACK TO before_export;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'after ROLLBACK TO SAVEPOINT the next export is right');
SELECT is(test_error($$SELECT export_leads_csv('x', 'new')$$) || test_error($$SELECT export_leads_csv('7', '')$$),
          '22P02: invalid input syntax for type integer: "x"22023: status must not be empty',
          'errors of exports can be caught');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the export after two errors is right');
SELECT is(export_leads_tenant(), NULL, 'after errors there is no tenant');
SELECT is(test_state(), :'state', 'after errors user and settings are as before');

CREATE FUNCTION site_slow() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(10); RETURN true; END$$;
CREATE POLICY slow ON leads AS RESTRICTIVE USING (site_slow());
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{slow}', mutable_policies => '{slow}') \gset
SET statement_timeout = '100ms';
SELECT test_error($$SELECT export_leads_csv('7', 'new')$$) AS cancelled \gset
RESET statement_timeout;
SELECT is(:'cancelled'::text, '57014: canceling statement due to statement timeout',
          'an export can be cancelled by a timeout');
SELECT is(export_leads_tenant(), NULL, 'an export that was cancelled leaves no tenant');
SELECT is(test_state(), :'state', 'an export that was cancelled leaves no setting and no user');
DROP POLICY slow ON leads;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the export after one that was cancelled is right');

-- A thousand failing calls, of each kind, with flat memory.
CREATE FUNCTION test_failures(calls int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    failures int := 0;
BEGIN
    FOR i IN 1..calls LOOP
        BEGIN
            PERFORM export_leads_csv(CASE i % 5 WHEN 0 THEN 'x' WHEN 1 THEN NULL ELSE '7' END,
                                     CASE i % 5 WHEN 2 THEN '' ELSE 'new' END);
        EXCEPTION WHEN OTHERS THEN
            failures := failures + 1;
        END;
    END LOOP;
    RETURN failures;
END;
$$;
CREATE FUNCTION site_fails() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'half way'; END$$;
CREATE POLICY site ON call_log AS RESTRICTIVE USING (site_fails());
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site}', mutable_policies => '{site}') \gset
SELECT is(test_failures(100), '100', 'a hundred calls fail, some half way');
SELECT sum(total_bytes) AS before FROM pg_backend_memory_contexts \gset
SELECT is(test_failures(1000), '1000', 'a thousand more calls fail');
SELECT cmp_ok(sum(total_bytes) - :before, '<', 200000::numeric,
              'a thousand failing calls leave no memory behind') FROM pg_backend_memory_contexts;
DROP POLICY site ON call_log;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the export after a thousand failing calls is right');
SELECT sum(total_bytes) AS before FROM pg_backend_memory_contexts \gset
SELECT is((SELECT count(DISTINCT export_leads_csv('7', 'new')) FROM generate_series(1, 500)), 1::bigint,
          'five hundred exports return the same file');
SELECT cmp_ok(sum(total_bytes) - :before, '<', 200000::numeric,
              'five hundred exports leave no memory behind') FROM pg_backend_memory_contexts;
SELECT is(test_state(), :'state', 'failing and successful exports leave no setting and no user');

SELECT finish();
ROLLBACK;
