-- A site that stores timestamps in one zone and shows its users another has its users' hours in every file, and their
-- days in ranges.

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
          'without shown_time_zone times are as they are stored');
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup(shown_time_zone => 'Asia/Jerusalem')
          WHERE action = 'file'), 'shown_time_zone Asia/Jerusalem',
          'set-up accepts the zone that users see');
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup() WHERE action = 'file'),
          'shown_time_zone Asia/Jerusalem', 'a second set-up keeps the zone that users see');
SELECT is(set_config('TimeZone', zone, true) || test_file(),
          zone || '3,, 6,infinity, 1,2025-12-01T00:30:00,2025-12-01T12:00:00 5,2025-10-26T01:30:00, '
          '4,2025-10-26T01:30:00, 2,2025-07-02T00:00:00.500000,2025-12-02T00:00:00',
          'leads and calls are in the users'' zone, in the order of creation, for a session in ' || zone)
FROM unnest(ARRAY['America/New_York', 'Asia/Jerusalem', 'UTC']) AS zone;
SELECT is(test_file('{lead_id}', '2025-12-01', '2025-12-02'), '1', 'a range of a day is the day that users see');
SELECT is(test_file('{lead_id}', '2025-07-02', '2025-07-03'), '2',
          'a range of a day in summer is the day that users see');
SELECT is(test_file('{lead_id}', '2025-11-30T22:00:00Z', '2025-11-30T23:00:00Z'), '1',
          'a range between instants means those instants');
SELECT is((SELECT string_agg(trim(E'\uFEFF' FROM s), '' ORDER BY n) FROM export_leads_csv_stream(7,
          'new') WITH ORDINALITY AS p (s, n)), trim(E'\uFEFF' FROM export_leads_csv(7, 'new')),
          'the stream has the same times as the file');
SET export_leads.timestamp_style = excel;
SELECT matches(test_file(), '1,2025-12-01 00:30:00,2025-12-01 12:00:00',
               'times in the style for Excel are in the users'' zone');
RESET export_leads.timestamp_style;
SELECT export_leads_add_column('own', $$to_char(timestamptz '2025-12-01 00:00+00', 'HH24 OF')$$),
          export_leads_add_column('raw', 'lead.created_at') \gset
SELECT matches(test_file('{lead_id, own, raw}'), '1,02 \+02,2025-11-30T22:30:00',
          'own columns show what is stored, and format a time with a zone in the users'' zone');
SELECT is(right(filename, 14), to_char(now() AT TIME ZONE 'Asia/Jerusalem', 'YYYY-MM-DD') || '.csv',
          'the filename has the date of the users'' zone') FROM export_leads_file(7, 'new');

-- Stored in another zone than UTC.
SELECT is((SELECT count(*) > 0 FROM export_leads_setup(time_zone => 'America/New_York')), true,
          'set-up accepts another stored zone than UTC');
SELECT matches(test_file(), '1,2025-12-01T05:30:00,2025-12-01T17:00:00',
               'times are converted from the stored zone to the users'' zone');
SELECT is(test_file('{lead_id}', '2025-12-01 05:30', '2025-12-01 05:30:01'), '1',
          'bounds are converted from the users'' zone to the stored zone');
SELECT is((SELECT count(*) > 0 FROM export_leads_setup(time_zone => 'UTC')), true,
          'set-up accepts UTC as the stored zone again');

-- Workbooks.
SELECT md5(export_leads_xlsx(7, 'new', '{created_at, last_call_at}')) AS workbook \gset
SAVEPOINT shown;
UPDATE leads SET created_at = created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Jerusalem';
UPDATE call_log SET created_at = created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Jerusalem';
SELECT isnt(md5(export_leads_xlsx(7, 'new', '{created_at, last_call_at}')), :'workbook',
          'a workbook has other times where other times are stored');
SELECT is((SELECT count(*) > 0 FROM export_leads_setup(shown_time_zone => '')), true,
          'set-up takes away the zone that users see');
SELECT is(md5(export_leads_xlsx(7, 'new', '{created_at, last_call_at}')), :'workbook',
          'a workbook without the zone of times shifted by hand equals the one with it');
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
              'times with a zone are in the users'' zone, with its offset, for a session in ' || zone)
FROM unnest(ARRAY['America/New_York', 'Asia/Jerusalem', 'UTC']) AS zone;
SELECT is(current_setting('TimeZone'), 'UTC', 'an export leaves the session''s time zone as it was');
SELECT is(test_file('{lead_id}', '2025-12-01', '2025-12-02'), '1',
          'a range of a day of times with a zone is the day that users see');

-- What cannot be, and the way back.
SELECT matches(test_error(format('SELECT * FROM export_leads_setup(shown_time_zone => %L)', zone)),
          '^22023: ".*" is not the full name of a time zone',
               format('set-up refuses %s as the zone that users see', zone))
FROM unnest(ARRAY['Asia/Nowhere', 'foo3', 'IST', 'x''; DROP TABLE leads; --']) AS zone;
SELECT is((SELECT shown_time_zone FROM export_leads_configuration), 'Asia/Jerusalem',
          'a zone that was refused changes nothing');
SELECT is((SELECT string_agg(object, ',') FROM export_leads_setup(shown_time_zone => '') WHERE action = 'file'), NULL,
          'set-up takes away the zone of a site with timestamptz');
SELECT matches(test_file(), '1,2025-11-30T22:30:00\+00:00',
               'without the zone times with a zone are in the session''s zone');
SELECT is(test_file('{lead_id}', '2025-11-30', '2025-12-01'), '1',
          'without the zone a range of a day is the day of the site''s zone');
SELECT finish();
ROLLBACK;
