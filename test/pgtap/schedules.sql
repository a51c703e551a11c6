-- Schedules: each function for two tenants and all callers, and what a timer's call does with what is due.

BEGIN;
\i test/fixtures/application.sql
SELECT * FROM no_plan();
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup(time_zone => 'Asia/Jerusalem') \gset
CREATE ROLE web_backend NOLOGIN;
CREATE ROLE nobody_in_particular NOLOGIN;
CREATE ROLE timer NOLOGIN;
SELECT export_leads_allow('web_backend') AS allowed, export_leads_allow_timer('timer') AS timed \gset

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
-- What run_due() does, in this transaction: claims one run and makes it.
CREATE FUNCTION test_run() RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    run CONSTANT uuid := export_leads_claim_run();
BEGIN
    IF run IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        PERFORM export_leads_run(run);
    EXCEPTION WHEN OTHERS THEN
        PERFORM export_leads_fail_run(run, SQLSTATE, SQLERRM);
    END;
    PERFORM export_leads_release_runs();
    RETURN run;
END;
$$;

SET ROLE web_backend;
SELECT export_leads_schedule(7, 'new', '08:00', weekdays => '{0,1,2,3,4}', recipients => '{dana@example.com}',
                             requested_by => 'dana', name => 'בוקר') AS daily \gset
SELECT export_leads_schedule(13, 'new', '08:00') AS others \gset
RESET ROLE;
SELECT is((SELECT format('%s %s %s %s %s %s %s', name, status, at, weekdays, time_zone, recipients, role)
           FROM export_leads_schedules(7)),
          'בוקר new 08:00:00 {0,1,2,3,4} Asia/Jerusalem {dana@example.com} web_backend',
          'a tenant''s schedules are listed as they were made, in the site''s zone');
SELECT is((SELECT count(*) FROM export_leads_next_runs(7, :'daily', 3)), 3::bigint, 'the next runs can be looked at');
SELECT ok((SELECT bool_and(to_char(r AT TIME ZONE 'Asia/Jerusalem', 'HH24:MI') = '08:00'
                           AND extract(dow FROM r AT TIME ZONE 'Asia/Jerusalem') BETWEEN 0 AND 4)
           FROM export_leads_next_runs(7, :'daily', 30) AS r), 'they are at that time on these weekdays');
SELECT is(test_refused(format(call, :'others'), caller), format('P0002: there is no schedule %s', :'others'),
          format('as %s, another tenant''s schedule is not there: %s', caller, call))
FROM unnest(ARRAY['SELECT export_leads_pause(7, %L)', 'SELECT export_leads_unschedule(7, %L)',
                  'SELECT * FROM export_leads_next_runs(7, %L)']) AS call,
     unnest(ARRAY['none', 'web_backend']) AS caller;
SELECT matches(test_refused(call, 'nobody_in_particular'), '^42501: permission denied for (function|procedure)',
               format('a role without EXECUTE is refused: %s', call))
FROM unnest(ARRAY['SELECT export_leads_schedule(7, ''new'', ''08:00'')', 'SELECT * FROM export_leads_schedules(7)',
                  format('SELECT export_leads_pause(7, %L)', :'daily'),
                  format('SELECT export_leads_unschedule(7, %L)', :'daily'),
                  format('SELECT * FROM export_leads_next_runs(7, %L)', :'daily'),
                  'SELECT export_leads_claim_run()', 'CALL export_leads_run_due()']) AS call;
SELECT is(test_refused('CALL export_leads_run_due()'),
          '25001: export_leads_run_due() cannot run inside a transaction block',
          'a timer''s call in a transaction is refused');
SELECT is(test_refused(format('SELECT export_leads_run(%L)', gen_random_uuid()), 'timer'),
          '55000: this session has not claimed that run', 'a timer runs only what it has claimed');
SAVEPOINT rules;
SELECT count(*) AS steps FROM export_leads_setup(grants_required => true) \gset
SELECT is(test_refused(call, 'web_backend'), '42501: permission denied for this tenant',
          format('a caller without a grant is refused: %s', call))
FROM unnest(ARRAY['SELECT export_leads_schedule(7, ''new'', ''08:00'')', 'SELECT * FROM export_leads_schedules(7)',
                  format('SELECT export_leads_pause(7, %L)', :'daily'),
                  format('SELECT export_leads_unschedule(7, %L)', :'daily'),
                  format('SELECT * FROM export_leads_next_runs(7, %L)', :'daily')]) AS call;
ROLLBACK TO rules;

-- What is due is exported, once, on behalf of whoever made the schedule.
SELECT is(test_run(), NULL, 'nothing runs that is not due');
UPDATE export_leads_schedules SET next_run = now() - interval '3 days', due = now() - interval '3 days'
WHERE schedule_id = :'daily';
SELECT test_run() AS run \gset
SELECT is(test_run(), NULL, 'runs that were missed are one');
SELECT is((SELECT format('%s %s %s %s %s', state, role, requested_by, schedule_id, lead_count)
           FROM export_leads_history(7) WHERE export_id = :'run'),
          format('done web_backend dana %s %s', :'daily', export_leads_count(7, 'new')),
          'a run is in the history, for its role, user and schedule');
SELECT is((SELECT convert_from(body, 'UTF8') FROM export_leads_saved(7, :'run')), test_expected_csv('7', 'new'),
          'a run''s file is what the export would be');
SELECT is((SELECT string_agg(recipient || ' ' || state || ' ' || name, ',') FROM export_leads_deliveries
           WHERE export_id = :'run'), 'dana@example.com waiting בוקר', 'its recipients are in the outbox');
SELECT ok((SELECT next_run > now() AND running IS NULL AND failures = 0 AND last_success <= now()
           FROM export_leads_schedules WHERE schedule_id = :'daily'), 'the schedule waits for its next run');
SELECT is((SELECT count(*) FROM export_leads_exports WHERE tenant = '13'), 0::bigint,
          'another tenant''s schedule did not run');

-- Whoever made it must still be allowed.
CREATE FUNCTION test_failing(breakage text, refusal text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $test$
DECLARE
    run uuid;
BEGIN
    EXECUTE breakage;
    UPDATE export_leads_schedules SET next_run = now() - interval '1 minute' WHERE name = 'בוקר';
    run := test_run();
    RETURN NEXT is((SELECT format('%s %s: %s', state, sqlstate, error) FROM export_leads_exports
                    WHERE export_id = run), 'failed ' || refusal, format('a run fails: %s', what));
    RETURN NEXT is((SELECT count(*) FROM export_leads_pieces WHERE export_id = run)
                   + (SELECT count(*) FROM export_leads_deliveries WHERE export_id = run), 0::bigint,
                   format('nothing is kept or sent: %s', what));
    RETURN NEXT ok((SELECT failures = 1 AND running IS NULL AND next_run > clock_timestamp()
                    FROM export_leads_schedules WHERE name = 'בוקר'), format('it is tried again: %s', what));
END;
$test$;
SAVEPOINT allowed;
SELECT test_failing('SELECT export_leads_forbid(''web_backend'')',
                    '42501: role "web_backend", which made this schedule, may no longer export',
                    'the role may no longer export');
ROLLBACK TO allowed;
SELECT test_failing('UPDATE export_leads_schedules SET role = ''gone''',
                    '42501: role "gone", which made this schedule, may no longer export', 'the role is gone');
ROLLBACK TO allowed;
SELECT test_failing('SELECT FROM export_leads_setup(grants_required => true)',
                    '42501: permission denied for this tenant', 'the role has no grant for the tenant');
ROLLBACK TO allowed;
SELECT test_failing('ALTER TABLE leads DISABLE ROW LEVEL SECURITY',
                    '55000: row security is disabled on table "public.leads"', 'the set-up is not safe');
ROLLBACK TO allowed;
SELECT test_failing('SELECT FROM export_leads_setup(tenant_quota => 0)',
                    '54000: the file would exceed the quota of this tenant', 'the quota is full');
ROLLBACK TO allowed;
SELECT count(*) AS steps FROM export_leads_setup(session_setting => 'app.tenant_id', session_required => true) \gset
UPDATE export_leads_schedules SET next_run = now() WHERE schedule_id = :'daily';
SELECT test_run() AS run \gset
SELECT is((SELECT state FROM export_leads_exports WHERE export_id = :'run'), 'done',
          'a session''s tenant, which a timer has none of, is not asked for');
ROLLBACK TO allowed;

-- Failures in a row: growing pauses, then it is paused, and said by the check.
SELECT export_leads_forbid('web_backend') AS forbidden \gset
CREATE FUNCTION test_pauses() RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..6 LOOP
        -- The regular run is two weeks away, whatever day it is.
        UPDATE export_leads_schedules
        SET next_run = now(), weekdays = NULL, month_days = ARRAY[extract(day FROM now() + interval '15 days')::int]
        WHERE name = 'בוקר';
        PERFORM test_run();
        RETURN NEXT (SELECT round(extract(epoch FROM next_run - clock_timestamp()) / 60)::int
                     FROM export_leads_schedules WHERE name = 'בוקר');
    END LOOP;
END;
$$;
SELECT results_eq('SELECT test_pauses()', 'VALUES (1), (5), (15), (60), (240), (NULL)',
                  'a failing schedule waits longer each time, and is paused after six failures');
SELECT is((SELECT name || ' ' || (detail ~ 'may no longer export') FROM export_leads_check()
           WHERE name = 'schedule_paused'), 'schedule_paused true', 'the check says so, with the error');
SELECT export_leads_allow('web_backend') AS allowed, export_leads_pause(7, :'daily', false) AS resumed \gset
SELECT ok((SELECT NOT paused AND failures = 0 AND next_run > now() FROM export_leads_schedules
           WHERE schedule_id = :'daily'), 'it can be resumed, and counts its failures anew');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE name = 'schedule_paused'$$, 'the check is then content');


-- One that no timer runs.
SAVEPOINT late;
UPDATE export_leads_schedules SET next_run = clock_timestamp() - interval '61 minutes' WHERE schedule_id = :'daily';
SELECT matches((SELECT detail FROM export_leads_check() WHERE name = 'schedules_late'), '^a schedule is due, the first',
               'the check says that a schedule is late');
UPDATE export_leads_schedules SET paused = true WHERE schedule_id = :'daily';
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE name = 'schedules_late'$$,
                'one that is paused is not late, whoever has paused it');
ROLLBACK TO late;

SELECT export_leads_pause(7, :'daily') AS paused \gset
UPDATE export_leads_schedules SET next_run = now() WHERE schedule_id = :'daily';
SELECT is(test_run(), NULL, 'a paused schedule does not run');
SELECT export_leads_unschedule(7, :'daily') AS removed \gset
SELECT is((SELECT count(*) FROM export_leads_schedules(7)), 0::bigint, 'a schedule can be taken away');
SELECT is((SELECT count(*) FROM export_leads_schedules(13)), 1::bigint, 'another tenant''s stays');

SELECT finish();
ROLLBACK;
