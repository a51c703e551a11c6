-- A site whose timestamps are in UTC and whose users are not: their hours in every file, and their days in ranges.

BEGIN;
SELECT plan(33);
\i test/fixtures/application.sql
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
DELETE FROM leads WHERE tenant_id = 7;
INSERT INTO leads (id, tenant_id, name, status, created_at)
VALUES (1, 7, 'חורף', 'new', '2025-11-30 22:30'), (2, 7, 'קיץ', 'new', '2025-07-01 21:00:00.5'), (3, 7, 'אין', 'new',
    NULL),
       (4, 7, 'פעמיים', 'new', '2025-10-25 22:30'), (5, 7, 'פעמיים', 'new', '2025-10-25 23:30'), (6, 7, 'עולם', 'new',
           'infinity');
DELETE FROM call_log WHERE business_id = 7;
INSERT INTO call_log (id, business_id, lead_id, call_status, created_at)
VALUES (1, 7, 1, 'answered', '2025-12-01 10:00'), (2, 7, 2, 'answered', '2025-12-01 22:00');

CREATE FUNCTION test_file(columns text DEFAULT '{lead_id, created_at, last_call_at}', created_from text DEFAULT NULL,
    created_to text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
    SELECT array_to_string((string_to_array(trim(E'\r\n' FROM export_leads_csv(7, 'new', columns::text[], created_from,
              created_to)), E'\r\n'))[2:], ' ')
$$;
SELECT test_file() AS stored \gset
SELECT is(:'stored'::text,
          '3,, 6,infinity, 1,2025-11-30T22:30:00,2025-12-01T10:00:00 5,2025-10-25T23:30:00, 4,2025-10-25T22:30:00, '
          '2,2025-07-01T21:00:00.500000,2025-12-01T22:00:00',
          'times are as they are stored');
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup(shown_time_zone => 'Asia/Jerusalem')
          WHERE action = 'file'), 'shown_time_zone Asia/Jerusalem',
          'set-up is told the zone that users see');
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup() WHERE action = 'file'),
          'shown_time_zone Asia/Jerusalem', 'and keeps it');
SELECT is(set_config('TimeZone', zone, true) || test_file(),
          zone || '3,, 6,infinity, 1,2025-12-01T00:30:00,2025-12-01T12:00:00 5,2025-10-26T01:30:00, '
          '4,2025-10-26T01:30:00, 2,2025-07-02T00:00:00.500000,2025-12-02T00:00:00',
          'leads and calls are in that zone, in the order in which they were created, for a session in ' || zone)
FROM unnest(ARRAY['America/New_York', 'Asia/Jerusalem', 'UTC']) AS zone;
SELECT is(test_file('{lead_id}', '2025-12-01', '2025-12-02'), '1', 'a day is the day that users see');
SELECT is(test_file('{lead_id}', '2025-07-02', '2025-07-03'), '2', 'in summer, too');
SELECT is(test_file('{lead_id}', '2025-11-30T22:00:00Z', '2025-11-30T23:00:00Z'), '1', 'an instant is that instant');
SELECT is((SELECT string_agg(trim(E'\uFEFF' FROM s), '' ORDER BY n) FROM export_leads_csv_stream(7,
          'new') WITH ORDINALITY AS p (s, n)), trim(E'\uFEFF' FROM export_leads_csv(7, 'new')),
          'the stream is the same');
SET export_leads.timestamp_style = excel;
SELECT matches(test_file(), '1,2025-12-01 00:30:00,2025-12-01 12:00:00', 'so are times for Excel');
RESET export_leads.timestamp_style;
SELECT export_leads_add_column('own', $$to_char(timestamptz '2025-12-01 00:00+00', 'HH24 OF')$$),
          export_leads_add_column('raw', 'lead.created_at') \gset
SELECT matches(test_file('{lead_id, own, raw}'), '1,02 \+02,2025-11-30T22:30:00',
          'columns of the site''s own are as they say, where a time with a zone is in that of users');
SELECT is(right(filename, 14), to_char(now() AT TIME ZONE 'Asia/Jerusalem', 'YYYY-MM-DD') || '.csv',
          'a file is of the day that users have') FROM export_leads_file(7, 'new');

-- Stored in another zone than UTC.
SELECT is((SELECT count(*) > 0 FROM export_leads_setup(time_zone => 'America/New_York')), true,
          'the stored zone may be any');
SELECT matches(test_file(), '1,2025-12-01T05:30:00,2025-12-01T17:00:00', 'from which times are converted');
SELECT is(test_file('{lead_id}', '2025-12-01 05:30', '2025-12-01 05:30:01'), '1', 'and bounds to it');
SELECT is((SELECT count(*) > 0 FROM export_leads_setup(time_zone => 'UTC')), true, 'UTC again');

-- Workbooks.
SELECT md5(export_leads_xlsx(7, 'new', '{created_at, last_call_at}')) AS workbook \gset
SAVEPOINT shown;
UPDATE leads SET created_at = created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Jerusalem';
UPDATE call_log SET created_at = created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Jerusalem';
SELECT isnt(md5(export_leads_xlsx(7, 'new', '{created_at, last_call_at}')), :'workbook',
          'a workbook has other times where they are stored otherwise');
SELECT is((SELECT count(*) > 0 FROM export_leads_setup(shown_time_zone => '')), true, 'and without the zone');
SELECT is(md5(export_leads_xlsx(7, 'new', '{created_at, last_call_at}')), :'workbook', 'those that it had');
ROLLBACK TO shown;
SELECT export_leads_remove_column('raw') \gset

-- With a zone of their own.
DROP VIEW test_leads, test_calls;
ALTER TABLE leads ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
ALTER TABLE call_log ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
SELECT is(set_config('TimeZone', zone, true) || test_file(),
          zone || '3,, 6,infinity, 1,2025-12-01T00:30:00+02:00,2025-12-01T12:00:00+02:00 5,2025-10-26T01:30:00+02:00, '
          '4,2025-10-26T01:30:00+03:00, '
          '2,2025-07-02T00:00:00.500000+03:00,2025-12-02T00:00:00+02:00',
              'times with a zone are in that of users, with its offset, for a session in ' || zone)
FROM unnest(ARRAY['America/New_York', 'Asia/Jerusalem', 'UTC']) AS zone;
SELECT is(current_setting('TimeZone'), 'UTC', 'and the session keeps its own');
SELECT is(test_file('{lead_id}', '2025-12-01', '2025-12-02'), '1', 'and days are as users see them');

-- What cannot be, and the way back.
SELECT matches(test_error(format('SELECT * FROM export_leads_setup(shown_time_zone => %L)', zone)),
          '^22023: ".*" is not the full name of a time zone', format('%s is no zone', zone))
FROM unnest(ARRAY['Asia/Nowhere', 'foo3', 'IST', 'x''; DROP TABLE leads; --']) AS zone;
SELECT is((SELECT shown_time_zone FROM export_leads_configuration), 'Asia/Jerusalem', 'which changes nothing');
SELECT is((SELECT string_agg(object, ',') FROM export_leads_setup(shown_time_zone => '') WHERE action = 'file'), NULL,
          'the zone can be taken away');
SELECT matches(test_file(), '1,2025-11-30T22:30:00\+00:00', 'and times are in the session''s again');
SELECT is(test_file('{lead_id}', '2025-11-30', '2025-12-01'), '1', 'and days in the site''s');
SELECT finish();
ROLLBACK;
