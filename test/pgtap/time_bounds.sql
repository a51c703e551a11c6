-- A bound of a range without an offset is a time in the site's zone and one with an offset is that instant, whatever
-- the session's settings are; what could be two days is refused.

BEGIN;
SELECT plan(83);
\i test/fixtures/application.sql
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup(time_zone => 'Asia/Jerusalem') \gset

DELETE FROM leads WHERE tenant_id = 7;
INSERT INTO leads (id, tenant_id, name, status, created_at)
VALUES (1, 7, 'א', 'new', '2025-11-30 23:59:59.999999'), (2, 7, 'ב', 'new', '2025-12-01 00:00'), (3, 7, 'ג', 'new',
    '2025-12-01 01:59'),
       (4, 7, 'ד', 'new', '2025-12-31 23:30'), (5, 7, 'ה', 'new', '2026-01-01 01:00');

-- The ids that a call finds, in order, or its error: the arguments after the columns are SQL.
CREATE FUNCTION test_range(arguments text, zone text DEFAULT 'UTC', style text DEFAULT 'ISO, MDY') RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    file text;
BEGIN
    PERFORM set_config('TimeZone', zone, true), set_config('DateStyle', style, true);
    EXECUTE format('SELECT export_leads_csv(7, ''new'', ''{lead_id}'', %s)', arguments) INTO file;
    PERFORM set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true);
    RETURN (SELECT string_agg(line, ' ' ORDER BY line)
            FROM unnest((string_to_array(trim(E'\r\n' FROM file), E'\r\n'))[2:]) AS line);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END;
$$;

-- The site's day, in whatever session, and by whichever type it is given.
SELECT is(test_range($$'2025-12-01', '2026-01-01'$$, zone, style), '2 3 4',
          format('a range of December is the site''s December for a session in %s with DateStyle %s', zone, style))
FROM unnest(ARRAY['UTC', 'Asia/Jerusalem', 'America/New_York', '<+14>-14']) AS zone, unnest(ARRAY['ISO, MDY',
    'SQL, DMY', 'German']) AS style;
SELECT is(test_range(arguments, 'America/New_York', 'SQL, DMY'), '2 3 4',
          'the site''s December is the range ' || arguments)
FROM unnest(ARRAY[
    $$date '2025-12-01', date '2026-01-01'$$,
    $$timestamp '2025-12-01 00:00', timestamp '2026-01-01 00:00'$$,
    $$'2025-12-01'::text, '2026-01-01'::text$$,
    $$'2025-12-01'::varchar, '2026-01-01'::varchar$$,
    $$created_from => '2025-12-01', created_to => '2026-01-01'$$,
    $$'20251201', '20260101T000000'$$,
    $$'1 Dec 2025', 'January 1, 2026'$$,
    $$'2025-12-01T00:00:00', '2026-01-01T00:00:00.000'$$,
    $$' 2025-12-01 ', E'2026-01-01\n'$$,
    $$'2025-11-30T22:00:00Z', '2025-12-31T22:00:00Z'$$,
    $$'2025-11-30T22:00:00+00:00', '2026-01-01 00:00 Asia/Jerusalem'$$,
    $$timestamptz '2025-11-30 22:00Z', timestamptz '2025-12-31 22:00Z'$$,
    $$timestamptz '2025-11-30 22:00Z', '2026-01-01'$$]) AS arguments;
SELECT is(test_range(arguments), '1 2 3 4 5', 'all leads are in the range ' || arguments)
FROM unnest(ARRAY['NULL, NULL', 'NULL::timestamptz, NULL::date', 'NULL::text, NULL', $$'-infinity', 'infinity'$$,
    $$date '-infinity', timestamp 'infinity'$$,
                  $$timestamptz '-infinity', timestamptz 'infinity'$$,
                      $$timestamptz '4713-01-01 00:00Z BC', timestamptz '294276-01-01 00:00Z'$$,
                  $$date '0044-03-15 BC', date '5874897-01-01'$$, $$'epoch', 'now'$$, $$NULL, 'tomorrow'$$,
                      $$NULL, now()$$, $$NULL, current_date$$]) AS arguments
WHERE arguments NOT LIKE '%5874897%';
SELECT is(test_range($$date '2025-12-01', date '5874897-01-01'$$), '22008',
          'a date that no timestamp can be is out of range');
SELECT is(test_range($$timestamptz '2025-11-30 21:59:59.999999Z', timestamptz '2025-11-30 22:00:00.000001Z'$$), '1 2',
          'an instant is exact to the microsecond');
SELECT is(test_range($$timestamptz '2025-11-30 22:00:00.000001Z', timestamptz '2025-12-01 00:00:00Z'$$), '3',
          'an instant at either end is exact to the microsecond');
PREPARE by_parameters AS SELECT export_leads_csv($1, $2, NULL, $3, $4);
SELECT is(parameter_types::text, '{text,text,export_leads_time_bound,export_leads_time_bound}',
          'a parameter of a prepared export without a type is a time bound')
FROM pg_prepared_statements WHERE name = 'by_parameters';

-- What could be two days, and what is none.
SELECT is(test_range(format('%L, NULL', value), 'UTC', style), '22007', format('%s is refused under %s', value, style))
FROM unnest(ARRAY['05/12/2025', '5.12.2025', '12-05-2025', '05-12-25', '13/12/2025', '25-12-31 10:00+02']) AS value,
     unnest(ARRAY['ISO, MDY', 'SQL, DMY', 'ISO, YMD']) AS style;
SELECT throws_ok($$SELECT export_leads_csv(7, 'new', NULL, '05/12/2025')$$, '22007',
          'the day of "05/12/2025" depends on the order in which its parts are read',
                 'the message of an ambiguous day says that it depends on the order of its parts');
SELECT is(test_error($$SELECT export_leads_csv(7, 'new', NULL, '05/12/2025'::text)$$),
          '22007: the day of "05/12/2025" depends on the order in which its parts are read '
          '(Write it with the year first, such as 2025-12-05.)', 'the hint of an ambiguous day says how to write it');
SELECT is(test_range(format('%L, NULL', value)), state,
          format('the bound "%s" is refused with %s', left(value, 20), state))
FROM (VALUES ('2025-13-45', '22008'), ('2025-02-30', '22008'), ('yesteryear', '22007'), ('', '22007'), ('2025-12',
    '22007'), ('1764547200', '22008'),
             ('300000-01-01', '22008'), ('2025-12-01 25:00', '22008'), ('2025-12-01 Asia/Nowhere', '22023'),
                 (repeat('2', 1000000), '22007')) AS v (value, state);
SELECT is(length(test_error(format('SELECT export_leads_csv(7, %L, NULL, %L)', 'new', repeat('2', 1000000)))) < 300,
          true, 'a bound of 1 MB is not repeated in the message');
SELECT is(test_range(arguments), '22023', 'a range is refused where it is the wrong way round: ' || arguments)
FROM unnest(ARRAY[$$'2025-12-02', '2025-12-01'$$, $$'2025-12-01', '2025-11-30T21:59:59Z'$$,
    $$'infinity', '2025-12-01'$$]) AS arguments;
SELECT is(test_range($$'2025-12-01', '2025-11-30T22:00:00Z'$$), NULL,
          'a range between two forms of the same moment is empty');

-- The value itself: kept as it was given.
SELECT is(' 2025-12-01T00:00:00Z '::export_leads_time_bound::text, ' 2025-12-01T00:00:00Z ',
          'a bound prints as it was given');
SELECT is(timestamptz '2025-12-01 00:00:00.000001+02'::export_leads_time_bound::text, '2025-11-30 22:00:00.000001+00',
          'a bound that is an instant prints with its offset');
SELECT is(timestamp '2025-12-01 00:00'::export_leads_time_bound::text, '2025-12-01 00:00:00',
          'a bound that is a local time prints without an offset');
SELECT is((date '0044-03-15 BC')::export_leads_time_bound::text, '0044-03-15 BC',
          'a bound that is a date prints as a date');
SELECT is((SELECT string_agg(format('%s %s', t.typinput::oid::regprocedure, p.provolatile), ' ')
          FROM pg_type AS t JOIN pg_proc AS p ON p.oid = t.typinput
           WHERE t.typname = 'export_leads_time_bound'), '_export_leads_time_bound_in(cstring) s',
               'the input function of a time bound is stable, for it depends on the server''s time zones');
CREATE ROLE nobody_special;
SET ROLE nobody_special;
SELECT lives_ok($$SELECT now()::export_leads_time_bound, localtimestamp::export_leads_time_bound,
                          current_date::export_leads_time_bound, 'now'::text::export_leads_time_bound$$,
                'any role may make the bounds of an export');
RESET ROLE;

-- For columns with a zone of their own the bounds mean the same.
DROP VIEW test_leads, test_calls;
ALTER TABLE leads ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'Asia/Jerusalem';
SELECT is(test_range($$'2025-12-01', '2026-01-01'$$, zone), '2 3 4',
          'a range of December of a timestamptz is the site''s December for a session in ' || zone)
FROM unnest(ARRAY['UTC', 'America/New_York']) AS zone;

SELECT finish();
ROLLBACK;
