-- A range of creation dates selects the leads from its first bound on and before its second. Timestamps without a time
-- zone are in the zone that set-up was told; the session's zone does not matter.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(67);
-- Created here, since a transaction cannot use an index that it has created over rows that it had updated.
CREATE INDEX leads_export ON leads (tenant_id, status, created_at DESC, id DESC);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- The ids of the leads between two moments, in the file's order; the header alone is ''. With a remark where
-- export_leads_count() says another number.
CREATE FUNCTION test_ids(created_from timestamptz, created_to timestamptz, status text DEFAULT 'new',
                         tenant text DEFAULT '7')
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    file text;
    lead_count bigint;
    ids text[];
BEGIN
    EXECUTE 'SELECT export_leads_csv($1, $2, ''{lead_id}'', $3, $4), export_leads_count($1, $2, $3, $4)'
    INTO file, lead_count USING tenant, status, created_from, created_to;
    ids := (string_to_array(replace(file, U&'\FEFF', ''), E'\r\n'))[2:];  -- the last is empty
    RETURN array_to_string(ids, ' ')
           || CASE WHEN lead_count = cardinality(ids) - 1 THEN '' ELSE format('(but %s leads)', lead_count) END;
END;
$$;
SELECT is(test_ids(NULL, NULL), '8 2 1 3 4 5 7 6 9 10 ',
          'a file without bounds has all leads, those without a date first');
SELECT is(test_ids(created_from, created_to), ids,
          format('the range from %s to %s has the leads: %s', COALESCE(created_from::text, 'NULL'),
                 COALESCE(created_to::text, 'NULL'), COALESCE(NULLIF(ids, ''), 'none')))
FROM (VALUES ('2025-12-18 08:00:00Z'::timestamptz, '2025-12-23 10:11:12Z'::timestamptz, '3 4 5 7 6 '),
             ('2025-12-18 08:00:00.000001Z', '2025-12-23 10:11:12.000001Z', '1 3 4 5 '),
             ('2025-12-19 00:00:00.000001Z', '2025-12-19 00:00:00.5Z', '5 '),
             ('2025-12-19 00:00:00.000001Z', '2025-12-19 00:00:00.500001Z', '4 5 '),
             ('2025-12-18 08:00:00Z', NULL, '1 3 4 5 7 6 '),
             (NULL, '2025-12-18 08:00:00Z', '9 10 '),
             ('-infinity', 'infinity', '1 3 4 5 7 6 9 10 '),  -- not the leads without a date
             ('-infinity', NULL, '1 3 4 5 7 6 9 10 '),
             (NULL, 'infinity', '1 3 4 5 7 6 9 10 '),
             ('infinity', NULL, ''),
             (NULL, '-infinity', ''),
             ('4713-01-01 00:00:00Z BC', '294276-12-31 00:00:00Z', '1 3 4 5 7 6 9 10 '),
             ('2025-12-20 00:00:00Z', '2025-12-20 00:00:00Z', ''),
             ('infinity', 'infinity', ''),
             ('2030-01-01 00:00:00Z', '2031-01-01 00:00:00Z', '')) AS v (created_from, created_to, ids);
SELECT is(test_ids('2025-12-14Z', '2025-12-15T00:00:01Z', 'vip'), '12 ', 'a range has only leads of the status');
SELECT is(test_ids('2025-12-14Z', NULL, 'new', '13'), '101 103 104 105 107 106 109 110 ',
          'a range has only leads of the tenant');
SELECT is(export_leads_csv('7', 'new', created_to => '2025-12-20Z', created_from => '2025-12-20Z'),
          test_expected_csv('7', 'none'), 'the file of a range with equal bounds is the header alone');
SELECT is(test_error(format('SELECT %s, %L, %L)', call, created_from, created_to)),
          '22023: created_from must not be after created_to',
          format('the range from %s to %s is refused: %s', created_from, created_to, call))
FROM (VALUES ('2025-12-20 00:00:01Z', '2025-12-20Z'), ('infinity', '2025-12-20Z'), ('2025-12-20Z', '-infinity'),
             ('infinity', '-infinity')) AS v (created_from, created_to),
     unnest(ARRAY['export_leads_csv(7, ''new'', NULL', 'export_leads_count(7, ''new''']) AS call;
UPDATE leads SET created_at = 'infinity' WHERE id = 1;
UPDATE leads SET created_at = '-infinity' WHERE id = 3;
SELECT is(test_ids('-infinity', 'infinity'), '4 5 7 6 9 10 3 ',
          'a range to infinity does not have a lead created at infinity');
SELECT is(test_ids('infinity', NULL), '1 ', 'a range from infinity has a lead created at infinity');
SELECT is(test_ids(NULL, '2025-12-17T00:00:00.1Z'), '9 10 3 ',
          'a range without a lower bound has a lead created at -infinity');

-- A month's leads are those of its days: no lead is missed or doubled at a bound.
UPDATE leads SET created_at = timestamp '2025-03-01' + (id - 1) * interval '12 hours' WHERE tenant_id = 7;
SELECT is((SELECT string_agg(test_ids(day, day + interval '1 day'), '' ORDER BY day DESC)
           FROM generate_series(timestamptz '2025-03-01Z', '2025-03-31Z', '1 day') AS day),
          test_ids('2025-03-01Z', '2025-04-01Z'),
          'the ranges of the days of a month have together the leads of the month');

-- The session's zone is for reading literals, and for nothing else.
CREATE FUNCTION test_zone(zone text, created_from timestamptz, created_to timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    ids text;
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    ids := test_ids(created_from, created_to);
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN ids;
END;
$$;
SELECT is(test_zone(zone, '2025-03-02T00:00:00Z', '2025-03-03T12:00:00Z'), '5 4 3 ',
          'a range has the same leads in a session of the zone ' || zone)
FROM unnest(ARRAY['UTC', 'Asia/Jerusalem', 'America/New_York', 'Pacific/Apia', '<+0130>-01:30']) AS zone;

-- The site's zone, across the changes of summer time.
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup(time_zone => 'Asia/Jerusalem')
           WHERE action = 'file'),
          'time_zone Asia/Jerusalem', 'set-up reports the zone of the site''s timestamps that it was told');
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup() WHERE action = 'file'),
          'time_zone Asia/Jerusalem', 'set-up without arguments keeps the zone of the site''s timestamps');
UPDATE leads SET created_at = CASE id WHEN 1 THEN timestamp '2025-12-23 00:00'
                                      WHEN 2 THEN '2025-07-01 00:00'
                                      WHEN 3 THEN '2025-03-28 01:59:59.999999'  -- clocks go forward at 2:00
                                      WHEN 4 THEN '2025-03-28 03:00'
                                      WHEN 5 THEN '2025-10-26 00:59'
                                      WHEN 6 THEN '2025-10-26 01:30'
                                      WHEN 7 THEN '2025-10-26 02:00' END
WHERE tenant_id = 7 AND status = 'new';
SELECT is(test_zone(zone, created_from, created_to), ids,
          format('in a session in %s the range from %s to %s has the leads: %s', zone, created_from,
                 COALESCE(created_to::text, 'NULL'), COALESCE(NULLIF(ids, ''), 'none')))
FROM unnest(ARRAY['UTC', 'America/New_York']) AS zone,
     (VALUES ('2025-12-22T22:00:00Z'::timestamptz, '2025-12-22T22:00:01Z'::timestamptz, '1 '),  -- winter: two hours
             ('2025-12-23T00:00:00Z', NULL, ''),
             ('2025-06-30T21:00:00Z', '2025-06-30T21:00:01Z', '2 '),                            -- summer: three
             ('2025-06-30T22:00:00Z', '2025-07-01T21:00:00Z', ''),
             ('2025-03-27T23:59:59Z', '2025-03-28T00:00:00Z', '3 '),                        -- no 2:30 that night
             ('2025-03-28T00:00:00Z', '2025-03-28T00:00:01Z', '4 '),
             ('2025-10-25T21:59:00Z', '2025-10-25T22:00:00Z', '5 '),                        -- 1:00 to 2:00 comes twice
             ('2025-10-25T22:00:00Z', '2025-10-26T00:00:00Z', '6 '),
             ('2025-10-26T00:00:00Z', '2025-10-26T00:00:01Z', '7 ')) AS v (created_from, created_to, ids);
SELECT is((SELECT string_agg(object || ' ' || detail, ',') FROM export_leads_setup(time_zone => 'UTC')
           WHERE action = 'file'),
          NULL, 'set-up does not report the zone UTC, which is the default');
SELECT is(test_ids('2025-12-23T00:00:00Z', NULL), '1 ', 'the site''s timestamps are read in UTC again');
SELECT matches(test_error(format('SELECT * FROM export_leads_setup(time_zone => %L)', zone)),
               '^22023: ".*" is not the full name of a time zone',
               format('set-up refuses the time zone %s', to_json(zone)))
FROM unnest(ARRAY['Asia/Tel_Avivv', 'nonsense', '', 'UTC; DROP TABLE leads', 'ישראל']) AS zone;
SELECT is((SELECT time_zone FROM export_leads_configuration), 'UTC', 'set-up stores no time zone that it refuses');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new', NULL, '294276-12-31 23:59:59Z')$$),
               '^(22008|no error)', 'the last second of the type as a bound is accepted or refused as out of range');

-- The index serves the range.
INSERT INTO leads (id, tenant_id, name, status, created_at)
SELECT 1000 + n, 7, 'many', 'many', timestamp '2020-01-01' + n * interval '1 hour' FROM generate_series(1, 20000) AS n;
ANALYZE leads;
SELECT matches((SELECT string_agg(line, E'\n')
                FROM export_leads_explain('7', 'many', created_from => '2021-01-01Z', created_to => '2021-01-08Z')
                     AS line),
               'Index (Only )?Scan (using|on) leads_export[^\n]*\n '
               '+Index Cond: [^\n]*created_at >= [^\n]*created_at < ',
               'a range of dates is a condition of the index scan');
SELECT is(array_length(string_to_array(test_ids('2021-01-01Z', '2021-01-08Z', 'many'), ' '), 1) - 1, 7 * 24,
          'a range that an index serves has all leads of the week');

SELECT finish();
ROLLBACK;
