-- When schedules run, and which creation times they export. The expected moments were worked out beforehand with
-- Python's zoneinfo: the run of a local day is the first minute whose clock is at or past the time.

BEGIN;
\i test/fixtures/documented.sql
SELECT * FROM no_plan();
CREATE EXTENSION export_leads;
SET TimeZone = 'UTC';

CREATE TABLE test_runs (zone text, at time, weekdays int[], month_days int[], after timestamptz, why text,
                        expected timestamptz[]);
INSERT INTO test_runs VALUES
    ('Asia/Jerusalem', '02:30', NULL, NULL, '2026-03-25 12:00', 'the night of Friday 27 March has no 02:30',
     '{2026-03-26 00:30, 2026-03-27 00:00, 2026-03-27 23:30}'),
    ('Asia/Jerusalem', '02:00', NULL, NULL, '2026-03-26 12:00', 'nor a 02:00: the first moment after is 03:00',
     '{2026-03-27 00:00, 2026-03-27 23:00}'),
    ('Asia/Jerusalem', '03:00', NULL, NULL, '2026-03-26 12:00', '03:00 is that moment',
     '{2026-03-27 00:00, 2026-03-28 00:00}'),
    ('Asia/Jerusalem', '01:30', NULL, NULL, '2026-10-23 12:00', 'the night of Sunday 25 October has two 01:30',
     '{2026-10-23 22:30, 2026-10-24 22:30, 2026-10-25 23:30}'),
    ('Asia/Jerusalem', '01:00', NULL, NULL, '2026-10-24 12:00', 'and two 01:00',
     '{2026-10-24 22:00, 2026-10-25 23:00}'),
    ('Asia/Jerusalem', '02:00', NULL, NULL, '2026-10-24 12:00', 'but one 02:00',
     '{2026-10-25 00:00, 2026-10-26 00:00}'),
    ('Asia/Jerusalem', '08:00', '{0,1,2,3,4}', NULL, '2026-03-26 06:00', 'a working week, over the change',
     '{2026-03-29 05:00, 2026-03-30 05:00, 2026-03-31 05:00}'),
    ('Asia/Jerusalem', '08:00', '{7}', NULL, '2026-10-24 12:00', '7 is Sunday',
     '{2026-10-25 06:00, 2026-11-01 06:00}'),
    ('Europe/London', '01:30', NULL, NULL, '2026-03-28 12:00', 'Sunday 29 March has no 01:30',
     '{2026-03-29 01:00, 2026-03-30 00:30}'),
    ('Europe/London', '01:30', NULL, NULL, '2026-10-24 12:00', 'Sunday 25 October has two',
     '{2026-10-25 00:30, 2026-10-26 01:30}'),
    ('Europe/London', '00:59', NULL, NULL, '2026-10-24 12:00', 'and one 00:59',
     '{2026-10-24 23:59, 2026-10-26 00:59}'),
    ('Europe/London', '09:00', NULL, '{31}', '2026-01-31 09:00', 'months without a 31st have no run',
     '{2026-03-31 08:00, 2026-05-31 08:00, 2026-07-31 08:00, 2026-08-31 08:00}'),
    ('America/New_York', '02:30', NULL, NULL, '2026-03-07 12:00', 'Sunday 8 March has no 02:30',
     '{2026-03-08 07:00, 2026-03-09 06:30}'),
    ('America/New_York', '01:30', NULL, NULL, '2026-10-31 12:00', 'Sunday 1 November has two 01:30',
     '{2026-11-01 05:30, 2026-11-02 06:30}'),
    ('America/New_York', '02:00', NULL, NULL, '2026-10-31 12:00', 'and one 02:00',
     '{2026-11-01 07:00, 2026-11-02 07:00}'),
    ('America/New_York', '18:00', '{5}', '{-1}', '2026-02-26 12:00', 'Fridays and last days of a month',
     '{2026-02-27 23:00, 2026-02-28 23:00, 2026-03-06 23:00, 2026-03-13 22:00}'),
    ('America/New_York', '18:00', NULL, '{1,-1}', '2026-02-26 12:00', 'the last day of February, the first of March',
     '{2026-02-28 23:00, 2026-03-01 23:00, 2026-03-31 22:00, 2026-04-01 22:00}'),
    ('UTC', '00:00', NULL, '{29,30}', '2026-01-30 00:00', 'February 2026 has no 29th',
     '{2026-03-29 00:00, 2026-03-30 00:00, 2026-04-29 00:00}'),
    ('UTC', '00:00', NULL, '{29,30}', '2028-02-01 00:00', 'February 2028 has',
     '{2028-02-29 00:00, 2028-03-29 00:00}'),
    ('UTC', '12:00', '{1}', NULL, '2026-01-05 12:00', 'a run is after the moment, not at it',
     '{2026-01-12 12:00, 2026-01-19 12:00}'),
    ('Africa/Cairo', '00:00', NULL, NULL, '2026-04-22 12:00', 'Friday 24 April begins at 01:00',
     '{2026-04-22 22:00, 2026-04-23 22:00, 2026-04-24 21:00}'),
    ('Africa/Cairo', '00:30', '{5}', NULL, '2026-04-22 12:00', 'so do runs at half past midnight',
     '{2026-04-23 22:00, 2026-04-30 21:30}'),
    ('Africa/Cairo', '23:30', NULL, NULL, '2026-10-28 12:00', 'Thursday 29 October has two 23:30',
     '{2026-10-28 20:30, 2026-10-29 20:30, 2026-10-30 21:30}'),
    ('Africa/Cairo', '00:00', NULL, NULL, '2026-10-28 12:00', 'and one midnight after the second',
     '{2026-10-28 21:00, 2026-10-29 22:00, 2026-10-30 22:00}'),
    ('Australia/Lord_Howe', '02:15', NULL, NULL, '2026-10-02 12:00', 'a gap of half an hour',
     '{2026-10-02 15:45, 2026-10-03 15:30, 2026-10-04 15:15}'),
    ('Australia/Lord_Howe', '01:45', NULL, NULL, '2026-04-03 12:00', 'a half hour that comes twice',
     '{2026-04-03 14:45, 2026-04-04 14:45, 2026-04-05 15:15}'),
    ('Pacific/Apia', '10:00', NULL, NULL, '2011-12-28 12:00', '30 December 2011 was skipped',
     '{2011-12-28 20:00, 2011-12-29 20:00, 2011-12-30 10:00, 2011-12-30 20:00}'),
    ('Pacific/Apia', '00:00', NULL, NULL, '2011-12-29 06:00', 'two runs of one moment are one',
     '{2011-12-29 10:00, 2011-12-30 10:00, 2011-12-31 10:00}'),
    ('America/Havana', '00:30', NULL, NULL, '2024-11-02 00:00', 'the hour after midnight comes twice',
     '{2024-11-02 04:30, 2024-11-03 04:30, 2024-11-04 05:30}'),
    ('Asia/Kathmandu', '06:45', '{6}', '{1}', '2026-08-28 00:00', 'an offset with minutes',
     '{2026-08-29 01:00, 2026-09-01 01:00, 2026-09-05 01:00}');

-- The first runs of each, one from the other.
CREATE VIEW test_results AS
SELECT t.*,
       (WITH RECURSIVE run (moment, n) AS (
            SELECT _export_leads_next_run(t.at, t.weekdays, t.month_days, t.zone, t.after), 1
            UNION ALL
            SELECT _export_leads_next_run(t.at, t.weekdays, t.month_days, t.zone, r.moment), r.n + 1
            FROM run AS r
            WHERE r.n < cardinality(t.expected))
        SELECT array_agg(r.moment ORDER BY r.n) FROM run AS r) AS runs
FROM test_runs AS t;
SELECT is(runs, expected,
          format('%s, %s at %s: %s', zone, COALESCE(weekdays::text, month_days::text, 'daily'), at, why))
FROM test_results;

-- Going back finds the same runs as going on.
SELECT is(_export_leads_last_run(t.at, t.weekdays, t.month_days, t.zone, t.expected[n]), t.expected[n],
          format('%s at %s: %s is the last run until itself', t.zone, t.at, t.expected[n]))
FROM test_runs AS t, generate_subscripts(t.expected, 1) AS n;
SELECT is(_export_leads_last_run(t.at, t.weekdays, t.month_days, t.zone, t.expected[n + 1] - interval '1 us'),
          t.expected[n], format('%s at %s: %s is the last run until the next', t.zone, t.at, t.expected[n]))
FROM test_runs AS t, generate_subscripts(t.expected, 1) AS n
WHERE n < cardinality(t.expected);

-- No zone and no time of the day loses or doubles the run of a day.
SELECT is_empty($$
    SELECT z.zone, a.at, d.day, r.runs
    FROM (VALUES ('Asia/Jerusalem'), ('Africa/Cairo'), ('Australia/Lord_Howe'), ('Pacific/Chatham'),
                 ('Africa/Casablanca'))
         AS z (zone)
    CROSS JOIN (VALUES (time '00:00'), ('01:50'), ('02:15')) AS a (at)
    CROSS JOIN LATERAL generate_series(timestamp '2026-01-01', '2026-12-31', '1 day') AS d (day)
    CROSS JOIN LATERAL (SELECT _export_leads_moment(d.day + a.at, z.zone) AS moment) AS m
    CROSS JOIN LATERAL (SELECT m.moment AT TIME ZONE z.zone AS local_time) AS l
    CROSS JOIN LATERAL (SELECT _export_leads_next_run(a.at, NULL, NULL, z.zone, m.moment - interval '1 us')) AS r (runs)
    WHERE r.runs <> m.moment
       OR l.local_time < d.day + a.at
       -- Later than its time only where no clock shows that.
       OR (l.local_time > d.day + a.at
           AND EXISTS (SELECT FROM generate_series(-180, 180, 30) AS s
                       WHERE (m.moment + make_interval(mins => s)) AT TIME ZONE z.zone = d.day + a.at))
       -- Nor has a clock shown it before.
       OR EXISTS (SELECT FROM generate_series(-180, -30, 30) AS s
                  WHERE (m.moment + make_interval(mins => s)) AT TIME ZONE z.zone = d.day + a.at)
$$, 'each day of 2026 has one run, at the first moment that shows its time or a later one');

-- What a run exports.
CREATE TABLE test_periods (period text, due timestamptz, zone text, week_begins int, expected text, why text);
INSERT INTO test_periods VALUES
    ('day', '2026-03-28 06:00', 'Asia/Jerusalem', 0, '2026-03-26 22:00/2026-03-27 21:00', 'a day of 23 hours'),
    ('day', '2026-10-26 06:00', 'Asia/Jerusalem', 0, '2026-10-24 21:00/2026-10-25 22:00', 'a day of 25 hours'),
    ('day', '2026-03-29 21:00', 'Asia/Jerusalem', 0, '2026-03-28 21:00/2026-03-29 21:00', 'a run at midnight'),
    ('day', '2026-03-29 20:59:59', 'Asia/Jerusalem', 0, '2026-03-27 21:00/2026-03-28 21:00', 'a second before it'),
    ('day', '2026-04-25 06:00', 'Africa/Cairo', 0, '2026-04-23 22:00/2026-04-24 21:00', 'a day that begins at 01:00'),
    ('day', '2024-11-03 12:00', 'America/Havana', 0, '2024-11-02 04:00/2024-11-03 04:00',
     'a midnight that comes twice'),
    ('week', '2026-03-29 06:00', 'Asia/Jerusalem', 0, '2026-03-21 22:00/2026-03-28 21:00',
     'on Sunday, where weeks begin on Sunday'),
    ('week', '2026-03-29 06:00', 'Asia/Jerusalem', 1, '2026-03-15 22:00/2026-03-22 22:00',
     'on Sunday, where weeks begin on Monday'),
    ('week', '2026-04-04 06:00', 'Europe/London', 6, '2026-03-28 00:00/2026-04-03 23:00',
     'on Saturday, where weeks begin on Saturday'),
    ('week', '2026-01-02 12:00', 'UTC', 1, '2025-12-22 00:00/2025-12-29 00:00', 'over the end of a year'),
    ('month', '2026-03-01 05:00', 'America/New_York', 0, '2026-02-01 05:00/2026-03-01 05:00', 'at the first midnight'),
    ('month', '2026-03-01 04:59', 'America/New_York', 0, '2026-01-01 05:00/2026-02-01 05:00', 'a minute before it'),
    ('month', '2026-04-30 12:00', 'America/New_York', 0, '2026-03-01 05:00/2026-04-01 04:00', 'with a change in it'),
    ('month', '2026-01-31 12:00', 'UTC', 0, '2025-12-01 00:00/2026-01-01 00:00', 'in January'),
    ('since_last_success', '2026-01-31 12:00', 'UTC', 0, '2026-01-15 08:00/2026-01-31 12:00', 'from moment to moment'),
    (NULL, '2026-01-31 12:00', 'UTC', 0, '-/-', 'all leads');
SELECT is(concat_ws('/', COALESCE(to_char(b.created_from, 'YYYY-MM-DD HH24:MI'), '-'),
                    COALESCE(to_char(b.created_to, 'YYYY-MM-DD HH24:MI'), '-')),
          t.expected, format('%s before %s in %s: %s', COALESCE(t.period, 'nothing'), t.due, t.zone, t.why))
FROM test_periods AS t
CROSS JOIN LATERAL _export_leads_period_bounds(t.period, t.due, t.zone, t.week_begins, '2026-01-15 08:00') AS b;
SELECT is(b, (NULL::timestamptz, timestamptz '2026-01-31 12:00'),
          'before the first success, a run exports all that there was until then')
FROM _export_leads_period_bounds('since_last_success', '2026-01-31 12:00', 'UTC', 0, NULL) AS b;

SELECT is(_export_leads_printed_moment(moment::timestamptz, zone), expected,
          format('%s is printed by the clocks of %s', moment, zone))
FROM (VALUES ('2026-03-27 00:00', 'Asia/Jerusalem', '2026-03-27 03:00:00+03:00'),
             ('2026-03-26 23:59:59.25', 'Asia/Jerusalem', '2026-03-27 01:59:59.250000+02:00'),
             ('2026-01-01 00:00', 'America/St_Johns', '2025-12-31 20:30:00-03:30'),
             ('2026-01-01 00:00', 'UTC', '2026-01-01 00:00:00+00:00'),
             ('1850-01-01 00:00', 'Asia/Jerusalem', '1850-01-01 02:20:54+02:20:54')) AS v (moment, zone, expected);
SELECT is(_export_leads_printed_moment(m, z)::timestamptz, m,
          format('what is printed in %s is the same moment again', z))
FROM (VALUES ('Asia/Jerusalem'), ('America/St_Johns'), ('Asia/Kathmandu')) AS v (z), now() AS m;

SELECT finish();
ROLLBACK;
