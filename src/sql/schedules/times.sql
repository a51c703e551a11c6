
-- When schedules run: at a local time of some days, in a time zone whose clocks may be changed.

-- The first moment at which the clocks of a zone show a local time or a later one: where it comes twice, the first of
-- the two; where a change of the clocks skips it, the moment of the change.
-- PostgreSQL takes a time that comes twice for the second, and reads one that is skipped by the clocks before the
-- change, which is as late after it as the time was after the gap's beginning. Between them there is one change.
CREATE FUNCTION @extschema@._export_leads_moment(local_time timestamp, time_zone text)
RETURNS timestamptz
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    late timestamptz := local_time AT TIME ZONE time_zone;
    early timestamptz;
    middle timestamptz;
BEGIN
    IF late AT TIME ZONE time_zone = local_time THEN
        -- By the clocks of the day before.
        early := late - interval '1 day';
        early := (local_time - (early AT TIME ZONE time_zone - early AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
        RETURN CASE WHEN early AT TIME ZONE time_zone = local_time THEN least(early, late) ELSE late END;
    END IF;
    -- Clocks are changed at whole seconds.
    early := date_trunc('second', late) - (late AT TIME ZONE time_zone - local_time) - interval '1 second';
    early := date_trunc('second', early);
    late := date_trunc('second', late);
    WHILE late - early > interval '1 second' LOOP
        middle := early + make_interval(secs => floor(extract(epoch FROM late - early) / 2)::float8);
        IF middle AT TIME ZONE time_zone >= local_time THEN
            late := middle;
        ELSE
            early := middle;
        END IF;
    END LOOP;
    RETURN late;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_moment(timestamp, text) IS
    'Internal: the first moment at which clocks show a local time or a later one';

-- Whether a schedule runs on a day: weekdays are 0 (Sunday) to 6, and 7 for Sunday; month_days 1 to 31, and -1 for the
-- last. As in cron, a day need match only one where both are given; every day matches where none is.
CREATE FUNCTION @extschema@._export_leads_is_run_day(day date, weekdays int[], month_days int[])
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT (weekdays IS NULL AND month_days IS NULL)
        OR COALESCE(extract(dow FROM day)::int = ANY (weekdays), false)
        OR COALESCE(extract(isodow FROM day)::int = ANY (weekdays), false)
        OR COALESCE(extract(day FROM day)::int = ANY (month_days), false)
        OR COALESCE(-1 = ANY (month_days) AND extract(day FROM day + 1) = 1, false);
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_run_day(date, int[], int[]) IS
    'Internal: whether a schedule runs on a day';

-- The first run strictly after a moment. Days of the month that a month does not have are no runs. A run on the 31st
-- may be 62 days away, one that falls into a day which a zone has skipped is at the end of that day.
CREATE FUNCTION @extschema@._export_leads_next_run(
    at time, weekdays int[], month_days int[], time_zone text, after timestamptz)
RETURNS timestamptz
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT min(r.moment)
    FROM (SELECT (after AT TIME ZONE time_zone)::date + n AS day FROM generate_series(0, 64) AS n) AS d
    CROSS JOIN LATERAL (SELECT @extschema@._export_leads_moment(d.day + at, time_zone) AS moment
                        WHERE @extschema@._export_leads_is_run_day(d.day, weekdays, month_days)) AS r
    WHERE r.moment > after;
END;
COMMENT ON FUNCTION @extschema@._export_leads_next_run(time, int[], int[], text, timestamptz) IS
    'Internal: the first run of a schedule after a moment';

-- The last run that is not after a moment.
CREATE FUNCTION @extschema@._export_leads_last_run(
    at time, weekdays int[], month_days int[], time_zone text, until timestamptz)
RETURNS timestamptz
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT max(r.moment)
    FROM (SELECT (until AT TIME ZONE time_zone)::date - n AS day FROM generate_series(-1, 64) AS n) AS d
    CROSS JOIN LATERAL (SELECT @extschema@._export_leads_moment(d.day + at, time_zone) AS moment
                        WHERE @extschema@._export_leads_is_run_day(d.day, weekdays, month_days)) AS r
    WHERE r.moment <= until;
END;
COMMENT ON FUNCTION @extschema@._export_leads_last_run(time, int[], int[], text, timestamptz) IS
    'Internal: the last run of a schedule until a moment';

-- The creation times that a run exports, from created_from and before created_to: the day, week or month before the one
-- that the run is in, by the clocks of its zone, or from the last success's moment to this one; without a period, all
-- leads. A NULL is no bound: a schedule without a success so far exports all that there was until now.
CREATE FUNCTION @extschema@._export_leads_period_bounds(
    period text, due timestamptz, time_zone text, week_begins int, last_success timestamptz)
RETURNS TABLE (created_from timestamptz, created_to timestamptz)
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN period = 'since_last_success' THEN last_success
                WHEN period IS NOT NULL
                THEN @extschema@._export_leads_moment(b.upper_bound - ('1 ' || period)::interval, time_zone) END,
           CASE WHEN period = 'since_last_success' THEN due
                WHEN period IS NOT NULL THEN @extschema@._export_leads_moment(b.upper_bound, time_zone) END
    FROM (SELECT date_trunc('day', due AT TIME ZONE time_zone) AS day) AS d
    CROSS JOIN LATERAL (
        SELECT CASE period WHEN 'day' THEN d.day
                           WHEN 'week' THEN d.day - make_interval(
                                                days => (extract(dow FROM d.day)::int - week_begins + 7) % 7)
                           WHEN 'month' THEN date_trunc('month', d.day) END AS upper_bound
    ) AS b;
END;
COMMENT ON FUNCTION @extschema@._export_leads_period_bounds(text, timestamptz, text, int, timestamptz) IS
    'Internal: from and to which creation time a run exports';

-- A moment as a bound of a range: what the clocks of the zone show, and their offset.
CREATE FUNCTION @extschema@._export_leads_printed_moment(moment timestamptz, time_zone text)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT to_char(l.local_time, CASE WHEN extract(microseconds FROM l.local_time) % 1000000 = 0
                                      THEN 'YYYY-MM-DD HH24:MI:SS' ELSE 'YYYY-MM-DD HH24:MI:SS.US' END)
           || CASE WHEN o.shift < interval '0' THEN '-' ELSE '+' END
           || to_char(greatest(o.shift, -o.shift),
                      CASE WHEN extract(second FROM o.shift) = 0 THEN 'HH24:MI' ELSE 'HH24:MI:SS' END)
    FROM (SELECT moment AT TIME ZONE time_zone AS local_time) AS l
    CROSS JOIN LATERAL (SELECT l.local_time - moment AT TIME ZONE 'UTC' AS shift) AS o;
END;
COMMENT ON FUNCTION @extschema@._export_leads_printed_moment(timestamptz, text) IS
    'Internal: a moment as the clocks of a zone show it, for the range of an export';
